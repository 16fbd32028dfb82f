#!/usr/bin/env node
// The command runs on Node 24, which takes TypeScript as it is. `npx` may run this file under an
// older one: then the Node that `npm start` fetched into the clone takes over. Plain JavaScript
// that Node 20 understands, without dependencies.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24
const CANNOT_RUN = 4 // as where no server answers: a pipeline must not take it for a pass

const main = new URL('../src/main.ts', import.meta.url)

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) {
  await import(main.href)
} else {
  const node = bootstrappedNode()
  if (existsSync(node)) handOver(node)
  else {
    console.error(
      `aftermath: this is Node ${process.versions.node}, and Node ${NODE_MAJOR} or later is needed. ` +
        'Run `npm start` once in the clone (it fetches it), or put a newer node on the PATH.',
    )
    process.exitCode = CANNOT_RUN
  }
}

function bootstrappedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const program = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
  return fileURLToPath(
    new URL(
      `../../../.tools/node_modules/node-${platform}-${process.arch}/${program}`,
      import.meta.url,
    ),
  )
}

function handOver(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`aftermath: ${node} does not start: ${error.message}`)
    process.exitCode = CANNOT_RUN
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  })
}
