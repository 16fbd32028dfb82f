import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench.ts'
import { freshness } from './freshness.ts'
import { ingest } from './ingest/ingest.ts'
import { latency } from './latency.ts'
import { readOptions, type Options } from './options.ts'
import { runBenches } from './run-benches.ts'
import { footprint } from './footprint.ts'
import { guard } from './guard.ts'
import { overload } from './overload.ts'
import { parts } from './parts.ts'
import { scale } from './scale.ts'
import { start } from './start.ts'
import { writeTable } from './table.ts'

const benches: Record<string, Bench> = {
  ingest,
  latency,
  freshness,
  overload,
  footprint,
  start,
  parts,
  scale,
}

/** Programs of their own: they print figures of their own and judge nothing. */
const programs: Record<string, { summary: string; file: string }> = {
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
  guard      ${guard.summary}: exits 1 when one is missed or worse
  table      writes the kept figures into docs/performance.md
${Object.entries(programs)
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

/** Small enough for every change. */
const guardOptions = (options: Options): Options => ({
  ...options,
  quick: true,
  scale: options.scale * 0.3,
})

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
  const program = programs[what]
  if (program !== undefined) return runProgram(program.file)
  if (what === 'table') return writeTable()
  if (what === 'guard') return runBenches(what, { guard }, guardOptions(options))
  if (what === 'all') return runBenches(what, benches, options)
  const bench = benches[what]
  if (bench !== undefined) return runBenches(what, { [what]: bench }, options)
  const known = [...Object.keys(benches), 'all', 'guard', 'table', ...Object.keys(programs)]
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

async function runProgram(file: string): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
