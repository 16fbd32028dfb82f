import type { Result, RowId } from './budget.ts'
import type { Options } from './options.ts'

/** Something `npm run bench` can measure. */
export interface Bench {
  summary: string
  rows: readonly RowId[]
  run: (context: BenchContext) => Promise<Outcome>
}

export interface BenchContext {
  options: Options
  /** A line for whoever watches. */
  say: (line: string) => void
  /** Aborted when a person ends the run. */
  signal: AbortSignal
}

export interface Outcome {
  results: Result[]
  /** Each a sentence: what was stored differs from what was sent. Then no rate is worth printing. */
  failures: string[]
  /** Figures behind the results, for the JSON object. */
  details: Record<string, unknown>
}
