import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { demandsOf } from './demands.ts'
import { renderReport } from './report.ts'
import { presentCode, readTally, writeTally } from './results.ts'
import { scenarioOf, scenarios } from './scenarios.ts'
import { addObservation, hasSeed } from './tally.ts'
import type { Tally } from './tally.ts'
import type { Batch, BatchResult } from './worker.ts'

/**
 * `npm run simulate -- [scenario …] [--runs N] [--seed S] [--seconds T] [--workers N] [--json]`
 *
 * Judges simulated releases every minute of their life and counts how often, and when, each verdict
 * comes. Seeds S to S + N − 1 are run unless they are known already, so results of several
 * invocations add up; they are kept in `packages/analysis/test/results/` and shown in `docs/`.
 * `--runs 0` only writes the report anew.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: 'Infinity' },
    workers: { type: 'string', default: String(Math.max(1, availableParallelism() - 1)) },
    json: { type: 'boolean', default: false },
  },
})
const BATCH_RUNS = 20
const code = presentCode()
const chosen = positionals.length === 0 ? scenarios : positionals.map(scenarioOf)
const tallies = new Map(chosen.map(({ id }) => [id, readTally(id)]))
const deadline = performance.now() + Number(values.seconds) * 1000
const batches = plan()
const spent = new Map<string, { runs: number; ms: number }>()

await Promise.all(Array.from({ length: Math.min(Number(values.workers), batches.length) }, work))

for (const [id, { runs, ms }] of spent) {
  process.stderr.write(`${id}: ${runs} runs, ${Math.round(ms / runs)} ms each\n`)
}
renderReport()
process.stdout.write(
  values.json
    ? `${JSON.stringify(chosen.map((scenario) => demandsOf(scenario, tallies.get(scenario.id)!)))}\n`
    : summary(),
)

/** Batches in rounds over the scenarios, so that an early end leaves all of them equally far. */
function plan(): Batch[] {
  const first = Number(values.seed)
  const all = Array.from({ length: Number(values.runs) }, (_, run) => first + run)
  const missing = chosen.map(({ id }) => {
    const tally = tallies.get(id)!
    return { id, seeds: all.filter((seed) => !hasSeed(tally, seed)) }
  })
  const rounds = Math.ceil(Number(values.runs) / BATCH_RUNS)
  return Array.from({ length: rounds }, (_, round) => {
    const from = first + round * BATCH_RUNS
    return missing.flatMap(({ id, seeds }) => {
      const own = seeds.filter((seed) => seed >= from && seed < from + BATCH_RUNS)
      return own.length === 0 ? [] : [{ id, seeds: own }]
    })
  }).flat()
}

async function work(): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  try {
    while (batches.length > 0 && performance.now() < deadline) {
      worker.postMessage(batches.shift()!)
      const [result] = await once(worker, 'message') // rejects on 'error'
      keep(result as BatchResult) // what worker.ts sends
    }
  } finally {
    await worker.terminate()
  }
}

function keep({ id, observations, cpuMs }: BatchResult): void {
  const tally = tallies.get(id)!
  for (const observation of observations) addObservation(tally, observation, code)
  writeTally(tally)
  const before = spent.get(id) ?? { runs: 0, ms: 0 }
  spent.set(id, { runs: before.runs + observations.length, ms: before.ms + cpuMs })
}

function summary(): string {
  const lines = chosen.flatMap((scenario) => {
    const tally: Tally = tallies.get(scenario.id)!
    return demandsOf(scenario, tally).map(({ what, got, limit, holds }) => {
      return `${holds ? 'ok    ' : 'FAILS '} ${scenario.id}: ${what} ${got}, limit ${limit} (${tally.runs} runs)`
    })
  })
  return `${lines.join('\n')}\n`
}
