import type { Bench, BenchContext, Outcome } from './bench.ts'
import { describeCommit, describeMachine } from './machine.ts'
import type { Options } from './options.ts'
import { probe } from './probes.ts'
import { renderResults } from './report.ts'
import { saveResult, type RunReport } from './results.ts'

/**
 * Runs one after the other, prints what came out and, on the last line, the same as one object.
 *
 * @param name of the whole
 * @returns the exit code: 1 when something was not stored as it was acknowledged, or got worse
 */
export async function runBenches(
  name: string,
  benches: Readonly<Record<string, Bench>>,
  options: Options,
): Promise<number> {
  const startedMs = performance.now()
  const signal = endSignal()
  const run = { schema: 2 as const, bench: name, ...describeCommit() }
  const at = new Date().toISOString()
  const probes = await probe()
  const context: BenchContext = {
    options,
    size: (full, quick) => (options.quick ? quick : full) * options.scale,
    times: (full, quick) => (options.quick ? quick : full),
    syncMsP99: probes.syncMsP99,
    say: console.log,
    signal,
  }
  const outcomes: Record<string, Outcome> = {}
  for (const [one, bench] of Object.entries(benches)) {
    signal.throwIfAborted()
    const benchStartedMs = performance.now()
    console.log(`\n${one}: ${bench.summary}`)
    const outcome = await runOne(one, bench, context)
    console.log(`  (${Math.round((performance.now() - benchStartedMs) / 1000)} s)`)
    for (const failure of outcome.failures) console.error(failure)
    // No rate is worth anything where something was lost; the other benches are not its business.
    outcomes[one] = outcome.failures.length > 0 ? { ...outcome, results: [] } : outcome
  }

  const all = Object.values(outcomes)
  const results = all.flatMap((outcome) => outcome.results)
  const failures = all.flatMap((outcome) => outcome.failures)
  const verified = failures.length === 0
  if (results.length > 0) console.log(`\n${renderResults(results)}`)
  if (!verified) console.error(`Void, and so without figures:\n${failures.join('\n')}`)
  const regressions = all.flatMap((outcome) => outcome.regressions ?? [])
  for (const regression of regressions) console.error(regression)
  const { help: _help, save, ...params } = options
  const report: RunReport = {
    ...run,
    at,
    seconds: Math.round((performance.now() - startedMs) / 1000),
    machine: describeMachine(),
    probes,
    params,
    results,
    ...combine(all),
    verified,
    failures: [...failures, ...regressions],
    details: Object.fromEntries(
      Object.entries(outcomes).map(([one, outcome]) => [one, outcome.details]),
    ),
  }
  if (save && results.length > 0) await saveResult(report)
  console.log(JSON.stringify(report))
  return verified && regressions.length === 0 ? 0 : 1
}

function combine(
  outcomes: readonly Outcome[],
): Pick<RunReport, 'control' | 'cpu_s' | 'rss' | 'hist'> {
  const cpu = { collector: 0, engine: 0, generator: 0 }
  const rss = { collector: 0, engine: 0 }
  for (const { cpuSeconds, memoryMb } of outcomes) {
    cpu.collector += cpuSeconds?.collector ?? 0
    cpu.engine += cpuSeconds?.engine ?? 0
    cpu.generator += cpuSeconds?.generator ?? 0
    rss.collector = Math.max(rss.collector, memoryMb?.collector ?? 0)
    rss.engine = Math.max(rss.engine, memoryMb?.engine ?? 0)
  }
  return {
    control: Object.assign({}, ...outcomes.map(({ control }) => control)),
    cpu_s: cpu,
    rss,
    hist: Object.assign({}, ...outcomes.map(({ histograms }) => histograms)),
  }
}

/** A bench that breaks takes the others' figures with it no more than one that is void. */
async function runOne(name: string, bench: Bench, context: BenchContext): Promise<Outcome> {
  try {
    return await bench.run(context)
  } catch (error) {
    if (context.signal.aborted) throw error
    console.error(error)
    const message = error instanceof Error ? error.message : String(error)
    return { results: [], failures: [`${name} broke: ${message}`], details: {} }
  }
}

/** Aborted when a person ends the run: what was started is then stopped and removed. */
function endSignal(): AbortSignal {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => ending.abort(new Error(`Ended by ${name}.`)))
  }
  return ending.signal
}
