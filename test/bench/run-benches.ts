import type { Bench, Outcome } from './bench.ts'
import { describeCommit, describeMachine } from './machine.ts'
import type { Options } from './options.ts'
import { renderResults } from './report.ts'

/**
 * Runs one after the other and prints what came out, with `json` as one object on the last line too.
 *
 * @param name of the whole
 * @returns the exit code: 1 when something was not stored as it was acknowledged
 */
export async function runBenches(
  name: string,
  benches: Readonly<Record<string, Bench>>,
  options: Options,
): Promise<number> {
  const signal = endSignal()
  const run = { schema: 1, bench: name, ...describeCommit() }
  const surroundings = { at: new Date().toISOString(), machine: describeMachine() }
  const outcomes: Record<string, Outcome> = {}
  for (const [one, bench] of Object.entries(benches)) {
    signal.throwIfAborted()
    outcomes[one] = await bench.run({ options, say: console.log, signal })
  }

  const results = Object.values(outcomes).flatMap((outcome) => outcome.results)
  const failures = Object.values(outcomes).flatMap((outcome) => outcome.failures)
  const verified = failures.length === 0
  if (results.length > 0) console.log(`\n${renderResults(results)}`)
  if (!verified) {
    console.error(`What is stored is not what was acknowledged:\n${failures.join('\n')}`)
  }
  if (options.json) {
    const { json: _json, help: _help, ...params } = options
    const details = Object.fromEntries(
      Object.entries(outcomes).map(([one, outcome]) => [one, outcome.details]),
    )
    const object = { ...run, ...surroundings, params, results, verified, failures, details }
    console.log(JSON.stringify(object))
  }
  return verified ? 0 : 1
}

/** Aborted when a person ends the run: what was started is then stopped and removed. */
function endSignal(): AbortSignal {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => ending.abort(new Error(`Ended by ${name}.`)))
  }
  return ending.signal
}
