import type { SignalKind } from '@aftermath/otlp/check'

/** What is given up under pressure, first to last; each level gives up all before it too. */
export const SHED_ORDER = ['jobs', 'sql', 'live', 'metrics', 'logs', 'traces'] as const

export type Sheddable = (typeof SHED_ORDER)[number]

/** Of a second of the event loop. */
export const shedMarks = {
  /** Above this delay something is given up, */
  shedAboveMs: 100,
  /** if the thread had the processor for this share of the time: else the machine is late, not we. */
  shedBusyMin: 0.5,
  /** Below this one it returns. */
  restoreBelowMs: 50,
}
export type ShedMarks = typeof shedMarks

/** A second of the event loop. */
export interface LoopSecond {
  /** The 99th percentile of what waited. */
  delayMs: number
  /** Processor time of its thread, as a share of the second. */
  busy: number
}

/**
 * One step up or down for each second: levels return in the reverse of their order. A loop that is
 * late and yet hardly ran waits for the machine, not for its own work: giving that up would not help.
 */
export function nextShedLevel(
  level: number,
  { delayMs, busy }: LoopSecond,
  marks: ShedMarks,
): number {
  if (delayMs > marks.shedAboveMs && busy >= marks.shedBusyMin) {
    return Math.min(SHED_ORDER.length, level + 1)
  }
  if (delayMs < marks.restoreBelowMs || busy < marks.shedBusyMin) return Math.max(0, level - 1)
  return level
}

export function isShed(what: Sheddable | SignalKind, level: number): boolean {
  return SHED_ORDER.indexOf(what) < level
}
