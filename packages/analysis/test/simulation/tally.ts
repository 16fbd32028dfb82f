import { moments } from './observe.ts'
import type { Moment, Observation } from './observe.ts'

/**
 * What many runs of a scenario showed, so that runs of another day add up: how many runs reached a
 * moment at which minute, and how often suspicion came and went.
 */
export type Tally = {
  id: string
  runs: number
  /** Ranges of seeds, both ends inclusive, ascending. */
  seeds: [number, number][]
  /** Runs by the judging code they were made with, as git names its tree. */
  code: Counts
  minutes: Partial<Record<Moment, Counts>>
  /** Runs with the moment before the fault began. */
  early: Partial<Record<Moment, number>>
  alarms: Counts
  reliefs: Counts
}
/** Runs by a minute, a number or a name. */
type Counts = Record<string, number>

export function emptyTally(id: string): Tally {
  return { id, runs: 0, seeds: [], code: {}, minutes: {}, early: {}, alarms: {}, reliefs: {} }
}

export function addObservation(tally: Tally, observation: Observation, code: string): void {
  const { seed, minutes, early, alarms, reliefs } = observation
  tally.runs += 1
  tally.seeds = withSeed(tally.seeds, seed)
  count(tally.code, code)
  for (const moment of moments) {
    const minute = minutes[moment]
    if (minute !== undefined) count((tally.minutes[moment] ??= {}), String(minute))
  }
  for (const moment of early) tally.early[moment] = (tally.early[moment] ?? 0) + 1
  count(tally.alarms, String(alarms))
  count(tally.reliefs, String(reliefs))
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}

function withSeed(ranges: [number, number][], seed: number): [number, number][] {
  const all = [...ranges, [seed, seed] as [number, number]].toSorted((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [from, to] of all) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

export function hasSeed({ seeds }: Tally, seed: number): boolean {
  return seeds.some(([from, to]) => seed >= from && seed <= to)
}

/** Runs that reached the moment, within so many minutes. */
export function reached({ minutes }: Tally, moment: Moment, withinMinutes = Infinity): number {
  return Object.entries(minutes[moment] ?? {})
    .filter(([minute]) => Number(minute) <= withinMinutes)
    .reduce((sum, [, runs]) => sum + runs, 0)
}

/** Minute by which a part of all runs, never-reaching ones included, had reached the moment. */
export function minuteAt(tally: Tally, moment: Moment, part: number): number | undefined {
  const ascending = Object.entries(tally.minutes[moment] ?? {})
    .map(([minute, runs]) => ({ minute: Number(minute), runs }))
    .toSorted((a, b) => a.minute - b.minute)
  let sum = 0
  for (const { minute, runs } of ascending) {
    sum += runs
    if (sum >= part * tally.runs) return minute
  }
  return undefined
}

/** Runs in which something happened more often than a number of times. */
export function runsAbove(counts: Record<string, number>, times: number): number {
  return Object.entries(counts)
    .filter(([key]) => Number(key) > times)
    .reduce((sum, [, runs]) => sum + runs, 0)
}
