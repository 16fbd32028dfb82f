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
  /** Of the full run or the quick one, times `--scale`: items, or seconds. */
  size: (full: number, quick: number) => number
  /** Of the full run or the quick one: repetitions, which `--scale` leaves alone. */
  times: (full: number, quick: number) => number
  /** fdatasync of this machine, p99: what answers are allowed on top. */
  syncMsP99: number
  /** A line for whoever watches. */
  say: (line: string) => void
  /** Aborted when a person ends the run. */
  signal: AbortSignal
}

export interface Outcome {
  results: Result[]
  /** Each a sentence: what was stored differs from what was sent. Then no rate is worth printing. */
  failures: string[]
  /** Each a sentence: a figure that got worse, or misses its floor where that ends the run. */
  regressions?: string[]
  /** Seconds of CPU in what was measured. */
  cpuSeconds?: { collector: number; engine: number; generator: number }
  /** Peaks, in MB. */
  memoryMb?: { collector: number; engine: number }
  /** The control's own figures, by what it controls. */
  control?: Record<string, number[]>
  /** Answers by how long they took, by row. */
  histograms?: Record<string, Histogram>
  /** Figures behind the results. */
  details: Record<string, unknown>
}

/** Counts of answers that took at most so many ms, by that many ms. */
export type Histogram = Record<string, number>
