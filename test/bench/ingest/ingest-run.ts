/** One side of a pair, measured. */
export interface IngestRun {
  items: number
  /** From the first byte until all items can be read. */
  windowMs: number
  cpuMs: {
    /** What makes the load. */
    load: number
    /** 0 where there is none. */
    collector: number
    engine: number
  }
  peakMemoryMb: { collector: number; engine: number }
  /** Sentences; with any of them the rest means nothing. */
  failures: string[]
}

export interface ProductRun extends IngestRun {
  sendMs: number
  latenciesMs: number[]
  refused: number
}

/** Part of the work that is sent before, so that what starts cold is warm when it counts. */
export const WARM_UP_SHARE = 0.1

export const itemsPerSecond = ({ items, windowMs }: IngestRun) => (items / windowMs) * 1000
