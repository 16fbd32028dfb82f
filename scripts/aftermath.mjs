// What the scripts of package.json call: `node scripts/aftermath.mjs <command> [arguments]`.
// Runs on any Node from 20 on and needs nothing installed: it fetches what is missing. The program
// itself runs on Node 24.
import { pathToFileURL } from 'node:url'
import { Failure } from './failure.mjs'

const commands = ['start', 'demo', 'dev', 'test', 'check', 'bench', 'torture', 'simulate', 'format']
const nodeMajorMin = 20

const [name, ...args] = process.argv.slice(2)

try {
  process.exitCode = await runCommand()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(`aftermath: ${error.message}`)
  process.exitCode = 1
}

async function runCommand() {
  if (Number.parseInt(process.versions.node, 10) < nodeMajorMin) {
    throw new Failure(
      `This is Node ${process.versions.node}. Node ${nodeMajorMin} or newer is needed.`,
    )
  }
  if (!commands.includes(name)) {
    throw new Failure(`Say what to do: ${commands.join(', ')}.`)
  }
  const { run } = await import(pathToFileURL(`${import.meta.dirname}/commands/${name}.mjs`).href)
  return run(args)
}
