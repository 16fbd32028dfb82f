import { readOptions } from './options.ts'
import { tortures } from './registry.ts'
import { runTortures } from './run-tortures.ts'

const HELP = `npm run torture -- [T1 T2 …] [options]      no name: all of them

${tortures.map(({ name, what, passesWhen }) => `  ${name.padEnd(4)} ${what}\n       passes when: ${passesWhen}`).join('\n')}

  --seed 1        of the work and of the moments at which something is hurt
  --minutes M     shorter or longer than the full form, where it is a matter of time
  --times N       how often something is hurt, where it is a matter of number
  --json          one JSON object as a line for each

What is promised, and figures: docs/reliability.md. Linux alone.`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const command = readCommand(args)
  if (typeof command === 'string') {
    console.error(command)
    return 2
  }
  const { names, options } = command
  if (options.help) {
    console.log(HELP)
    return 0
  }
  const unknown = names.find((name) => !tortures.some((torture) => torture.name === name))
  if (unknown !== undefined) {
    console.error(`There is no ${unknown}: ${tortures.map(({ name }) => name).join(', ')}.`)
    return 2
  }
  const chosen = tortures.filter(({ name }) => names.length === 0 || names.includes(name))
  return runTortures(chosen, options)
}

/** @returns a sentence when the arguments are wrong */
function readCommand(args: readonly string[]) {
  try {
    return readOptions(args)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
