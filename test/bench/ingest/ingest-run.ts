/** One side of a pair, measured. */
export interface IngestRun {
  spans: number
  /** From the first byte until all spans can be read. */
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
  ackMs: { p50: number; p99: number; max: number }
  refused: number
}

/** Part of the work that is sent before, so that what starts cold is warm when it counts. */
export const WARM_UP_SHARE = 0.1

export const spansPerSecond = ({ spans, windowMs }: IngestRun) => (spans / windowMs) * 1000
