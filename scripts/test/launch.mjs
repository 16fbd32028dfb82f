// Runs the stand-in in the foreground, as `start` runs the collector.
import { fileURLToPath } from 'node:url'
import { Foreground } from '../foreground.mjs'

const standIn = fileURLToPath(new URL('./stand-in.mjs', import.meta.url))
const program = { command: process.execPath, args: [standIn, process.argv[2]], lifeline: true }
process.exitCode = await new Foreground().start(program).exited
