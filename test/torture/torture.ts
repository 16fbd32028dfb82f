import type { Options } from './options.ts'

/** One way of hurting the product, and what must hold all the same. */
export interface Torture {
  /** As in docs/reliability.md: T1, T2 … */
  name: string
  what: string
  passesWhen: string
  run(given: Given): Promise<Outcome>
}

export interface Given {
  options: Options
  /** A line for whoever watches. */
  say: (line: string) => void
  /** Aborted when a person ends the run. */
  signal: AbortSignal
}

export interface Outcome {
  /** What was measured; units are in the names. */
  figures: Record<string, number>
  /** Sentences; none: it passed. */
  failures: readonly string[]
}
