import { logNdtr } from '../../src/methods/log-ndtr.ts'
import { Random } from '../random.ts'
import type { ArmMinute } from '../simulation.ts'

export const DAY = 24 * 60

/** A factor by minute of life, drawn once per run: asked in ascending order, the same for a minute. */
export type Factor = (minute: number) => number

/** Independent streams of one run, so that one kind of noise does not shift another. */
export function streamOf(seed: number, stream: number): Random {
  return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b))
}

/** Minute-to-minute noise that makes counts of mean `events` have the design effect `phi`. */
export function overdispersed(random: Random, phi: number, events: number): Factor {
  return remembered(() => random.gamma((phi - 1) / events))
}

/** A level around 0, independent from minute to minute. */
export function jitter(random: Random, sd: number): Factor {
  return remembered(() => sd * random.normal())
}

/** Factor of mean 1 from a level of the given standard deviation. */
export function factorOf(level: number, sd: number): number {
  return Math.exp(level - (sd * sd) / 2)
}

/** A level around 0 that forgets within about ten minutes. */
export function drifting(random: Random, sd: number, minutes = 10): Factor {
  const keep = Math.exp(-1 / minutes)
  let level = sd * random.normal()
  return remembered(() => {
    level = keep * level + sd * Math.sqrt(1 - keep * keep) * random.normal()
    return level
  })
}

function remembered(draw: () => number): Factor {
  let last: number | undefined
  let value = 1
  return (minute) => {
    if (minute !== last) value = draw()
    last = minute
    return value
  }
}

/** Days that differ, counted from the deployment, and what days before it told of that. */
export function days(input: { random: Random; sd: number; pairs: number; errorsPerDay: number }): {
  factor: Factor
  placeboLogRatios: number[]
} {
  const { random, sd, pairs, errorsPerDay } = input
  const factors = new Map<number, number>()
  const ofDay = (day: number) => {
    const known = factors.get(day) ?? random.logNormal(sd)
    factors.set(day, known)
    return known
  }
  const counts = Array.from({ length: pairs + 1 }, (_, back) => {
    return random.poisson(errorsPerDay * ofDay(-1 - back)) + 0.5
  })
  return {
    factor: (minute) => ofDay(Math.floor(minute / DAY)),
    placeboLogRatios: counts.slice(1).map((count, back) => Math.log(counts[back]! / count)),
  }
}

/** Shared outages, twenty in two weeks, each of ten minutes with errors ×20. */
export function outages(random: Random, lifeMinutes: number): Factor {
  const count = Math.round((20 * (lifeMinutes + DAY)) / (14 * DAY))
  const starts = Array.from({ length: count }, () => {
    return Math.floor(random.uniform() * (lifeMinutes + DAY)) - DAY
  })
  const hit = new Set(starts.flatMap((start) => Array.from({ length: 10 }, (_, k) => start + k)))
  return (minute) => (hit.has(minute) ? 20 : 1)
}

/** ±60 % of traffic and ±50 % of errors over a day. */
export function seasonOf(minute: number): { requests: number; errors: number } {
  const angle = (2 * Math.PI * minute) / DAY
  return { requests: 1 + 0.6 * Math.sin(angle), errors: 1 + 0.5 * Math.cos(angle) }
}

/** Logarithm of the usual duration of a request, in its own standard deviations above the median. */
const QUANTILES = [0, 1.6449, 2.3263] as const

/**
 * Shares slower than the usual quantiles when every request takes longer, by so many standard
 * deviations of log duration: at 0.2, the share above the 95th percentile grows by half, that above
 * the median by a sixth.
 */
export function slower(shift: number): ArmMinute['slow'] {
  const [half, tail, extreme] = QUANTILES.map((quantile) => Math.exp(logNdtr(shift - quantile)))
  return [half!, tail!, extreme!]
}
