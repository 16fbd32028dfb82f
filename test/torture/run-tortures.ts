import { inspect } from 'node:util'
import { describeCommit, describeMachine } from '../bench/machine.ts'
import type { Options } from './options.ts'
import type { Outcome, Torture } from './torture.ts'

/**
 * Runs one after the other and prints what came out, with `json` as one line each too.
 *
 * @returns the exit code: 1 when something did not hold
 */
export async function runTortures(tortures: readonly Torture[], options: Options): Promise<number> {
  const signal = endSignal()
  const about = { schema: 1, ...describeCommit(), machine: describeMachine(), seed: options.seed }
  let failed = 0
  for (const torture of tortures) {
    if (signal.aborted) break
    console.log(`${torture.name}: ${torture.what}`)
    const startedMs = performance.now()
    const outcome = await runOne(torture, options, signal)
    const seconds = Math.round((performance.now() - startedMs) / 1000)
    const passed = outcome.failures.length === 0
    if (!passed) failed++
    console.log(`${torture.name} ${passed ? 'passed' : 'FAILED'} after ${seconds} s`)
    for (const [name, value] of Object.entries(outcome.figures)) console.log(`  ${name}: ${value}`)
    for (const failure of outcome.failures) console.error(`  ${failure}`)
    if (options.json) {
      const at = new Date().toISOString()
      console.log(
        JSON.stringify({ torture: torture.name, at, ...about, seconds, passed, ...outcome }),
      )
    }
  }
  return failed === 0 && !signal.aborted ? 0 : 1
}

/** What a torture throws is a failure of it: the next ones still run. */
async function runOne(torture: Torture, options: Options, signal: AbortSignal): Promise<Outcome> {
  const say = (line: string) => console.log(`  ${new Date().toISOString().slice(11, 19)} ${line}`)
  try {
    return await torture.run({ options, say, signal })
  } catch (error) {
    if (signal.aborted) return { figures: {}, failures: ['It was ended before it was over.'] }
    return { figures: {}, failures: reasonsOf(error) }
  }
}

/** An end that failed, too, hides what it followed from. */
function reasonsOf(error: unknown): string[] {
  if (!(error instanceof SuppressedError)) return [inspect(error)]
  return [...reasonsOf(error.suppressed), ...reasonsOf(error.error)]
}

/** Aborted when a person ends the run: what was started is then stopped and removed. */
function endSignal(): AbortSignal {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => ending.abort(new Error(`Ended by ${name}.`)))
  }
  return ending.signal
}
