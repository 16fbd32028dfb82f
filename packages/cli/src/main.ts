import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './run.ts'

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  print: (line) => void process.stdout.write(`${line}\n`),
  tell: (line) => void process.stderr.write(`${line}\n`),
  now: Date.now,
  sleep: (ms) => sleep(ms),
})
