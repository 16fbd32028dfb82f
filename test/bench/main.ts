import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench.ts'
import { freshness } from './freshness.ts'
import { ingest } from './ingest/ingest.ts'
import { latency } from './latency.ts'
import { readOptions } from './options.ts'
import { runBenches } from './run-benches.ts'
import { start } from './start.ts'

const benches: Record<string, Bench> = { ingest, latency, freshness, start }

/** Parts on their own: they print figures of their own and judge nothing. */
const parts: Record<string, { summary: string; file: string }> = {
  check: {
    summary: 'spans a second that one core checks',
    file: '../../packages/otlp/test/bench-check.ts',
  },
  journal: {
    summary: 'requests a second that the journal acknowledges',
    file: 'journal-append.ts',
  },
}

const HELP = `npm run bench -- <what> [options]

${Object.entries(benches)
  .map(
    ([name, { summary, rows }]) =>
      `  ${name.padEnd(10)} ${summary}\n             ${rows.join(', ')}`,
  )
  .join('\n')}
  all        all of the above, one after the other
${Object.entries(parts)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}; prints figures, no rows`)
  .join('\n')}

  --quick            shorter windows and fewer repetitions: the whole takes some 20 minutes
  --scale 1          times the work; what is below 0.5 serves to see that a bench works
  --pairs 5          how often ingest and its control alternate
  --encoding gzip    or identity: how requests are compressed; without it both are measured
  --connections 16   senders that wait for an answer at any time
  --seed 1           of what is sent
  --save             keep the figures in test/bench/results.json

Rows, method and figures: docs/performance.md. Linux alone: figures come from /proc.`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const command = readCommand(args)
  if (typeof command === 'string') {
    console.error(command)
    return 2
  }
  const { what, options } = command
  if (options.help || what === undefined) {
    console.log(HELP)
    return options.help ? 0 : 2
  }
  const part = parts[what]
  if (part !== undefined) return runPart(part.file)
  if (what === 'all') return runBenches(what, benches, options)
  const bench = benches[what]
  if (bench !== undefined) return runBenches(what, { [what]: bench }, options)
  const known = [...Object.keys(benches), 'all', ...Object.keys(parts)]
  console.error(`There is no ${what}: ${known.join(', ')}.`)
  return 2
}

/** @returns a sentence when the arguments are wrong */
function readCommand(args: readonly string[]) {
  try {
    return readOptions(args)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function runPart(file: string): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
