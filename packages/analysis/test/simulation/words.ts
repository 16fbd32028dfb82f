import { wilsonInterval } from '../../src/methods/wilson-interval.ts'
import type { Moment } from './observe.ts'
import { minuteAt } from './tally.ts'
import type { Tally } from './tally.ts'

export function percent(share: number): string {
  const value = share * 100
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`
}

/** Runs with their Wilson interval. */
export function shareWords(runs: number, total: number): string {
  const { low, high } = wilsonInterval({ failures: runs, total, z: 1.96 })
  return `${runs} (${percent(low)} – ${percent(high)})`
}

/** Median and 90 % of all runs; a dash where so many did not get there. */
export function minutesWords(tally: Tally, moment: Moment): string {
  const at = [0.5, 0.9].map((part) => minuteAt(tally, moment, part) ?? '–')
  return at.every((minute) => minute === '–') ? '–' : at.join(' / ')
}
