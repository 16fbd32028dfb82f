import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runDemo } from './run-demo.ts'
import { shutdownSignal } from './shutdown-signal.ts'

const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: 'data' } } })

try {
  await runDemo(
    { dataDir: resolve(values['data-dir']), print: console.log, now: Date.now },
    shutdownSignal(),
  )
} catch (error) {
  console.error(`demo  stopped: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
