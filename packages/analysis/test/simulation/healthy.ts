import type { ArmMinute, Scenario } from '../simulation.ts'
import {
  DAY,
  days,
  drifting,
  factorOf,
  jitter,
  outages,
  overdispersed,
  seasonOf,
  slower,
  streamOf,
} from './noise.ts'
import type { Factor } from './noise.ts'
import { arm, beside, ceilings, replacing, RPS_50 } from './scenario.ts'
import type { Limit, SimulatedScenario } from './scenario.ts'

const TWO_WEEKS = 14 * DAY
const ERRORS = { measure: 'errors' } as const

/** Releases that change nothing: whatever accuses them is a false alarm. */
export const healthyScenarios: SimulatedScenario[] = [
  healthy('iid', 'nothing but chance', (seed) => beside({ seed, minutes: TWO_WEEKS }), {
    e20: [0.05, '0.4 %'],
    e1000: [0.001, '0'],
    ship: [69, '55'],
  }),
  healthy('overdispersed', 'errors vary, design effect 5', overdispersedErrors(5, TWO_WEEKS), {
    e20: [0.05, '0.0 %'],
    e1000: [0.001, '0'],
    ship: [275, '220'],
  }),
  healthy(
    'bursts',
    'errors come in groups, design effect 5',
    (seed) => beside({ seed, minutes: TWO_WEEKS, both: () => ({ burst: 3 }) }),
    { e20: [0.05, '2.6 %'], e1000: [0.005, '0'], harmful: 0.005 },
  ),
  healthy('season', 'day and night, and 20 shared outages', seasonal, {
    e20: [0.05, '0.2 %'],
    e1000: [0.001, '0'],
    ship: [71, '57'],
  }),
  healthy('ramp', 'canary of 1, 5, 25, 50, 95 % by day and night', ramp, {
    e20: [0.05, '0.4 %'],
    e1000: [0.001, '0'],
  }),
  healthy('mix-shift', 'users move from an operation of .1 % to one of 5 %', mixShift, {
    e20: [0.05, '0.4 %'],
    e1000: [0.001, '0'],
  }),
  healthy(
    'low-traffic',
    '3 requests a minute per arm, 1 %',
    (seed) => beside({ seed, minutes: TWO_WEEKS, total: 6, errorRate: 0.01 }),
    { e20: [0.05, '1.2 %'], e1000: [0.005, '.2 %'], harmful: 0.005, ship: [10 * DAY, '8 d'] },
  ),
  healthy(
    'rare',
    '5 % canary, errors at 2 in 100,000',
    (seed) => beside({ seed, minutes: TWO_WEEKS, share: 0.05, errorRate: 2e-5 }),
    { e20: [0.05, '0.0 %'], e1000: [0.001, '0'] },
  ),
  healthy('mild-overdispersion', 'design effect 2', overdispersedErrors(2, TWO_WEEKS), {
    ship: [119, '95'],
  }),
  healthy(
    'no-errors',
    'no errors at all, 3 d',
    (seed) => beside({ seed, minutes: 3 * DAY, errorRate: 0 }),
    {
      ship: [60, '48'],
    },
  ),
  healthy('canary', '10 % canary, 3 d', (seed) => beside({ seed, minutes: 3 * DAY, share: 0.1 }), {
    belowMinimum: [160, '109'],
  }),
  healthy('blue-green', '5, 25, 50, then 100 %, 3 d', takeOver, { ship: [250, '200'] }),
  healthy(
    'four-operations',
    '4 operations, errors and latency vary together, 3 d',
    fourOperations,
    {
      ship: [210, '168'],
    },
  ),
  healthy(
    'drifting-errors',
    'errors of each arm drift (AR(1), sd 40 %, 10 min), 3 d',
    drift(false),
    { e20: [0.1, '5.2 %'], e1000: [0.01, '.2 %'], watch: 0.15, harmful: 0.03 },
  ),
  healthy('drifting-all', 'errors and latency of each arm drift, 3 d', drift(true), {
    watch: 0.15,
    harmful: 0.03,
    ship: [29 * 60, '23 h'],
  }),
  healthy(
    'no-history',
    'design effect 5, no window before, 3 d',
    (seed) => ({ ...overdispersedErrors(5, 3 * DAY)(seed), noReference: true }),
    { e20: [0.05, '2.0 %'], e1000: [0.005, '0'], harmful: 0.005 },
  ),
  healthy(
    'no-history-bursts',
    'errors in groups, no window before, 3 d',
    (seed) => ({
      ...beside({ seed, minutes: 3 * DAY, both: () => ({ burst: 3 }) }),
      noReference: true,
    }),
    { e20: [0.05, '1.8 %'], e1000: [0.005, '.2 %'], harmful: 0.005 },
  ),
  ...[
    { sd: 5, got: '.3 %', got1000: '0' },
    { sd: 10, got: '.7 %', got1000: '0' },
    { sd: 20, got: '1.3 %', got1000: '1.0 %' },
  ].map(({ sd, got, got1000 }) =>
    healthy(
      `days-${sd}`,
      `replaces another, days differ by ${sd} %, 20 pairs, 3 d`,
      differentDays(sd / 100, 20),
      {
        e20: [0.05, got],
        e1000: [0.01, got1000],
        watch: 0.05,
        harmful: 0.01,
        ...(sd === 20 ? { ship: [51, '41'] as const } : {}),
      },
    ),
  ),
  healthy(
    'days-10-few',
    'replaces another, days differ by 10 %, 6 pairs, 3 d',
    differentDays(0.1, 6),
    {
      harmful: 0.01,
      ship: [51, '41'],
    },
  ),
  healthy(
    'days-20-few',
    'replaces another, days differ by 20 %, 6 pairs, 3 d',
    differentDays(0.2, 6),
    {
      watch: 0.05,
      harmful: 0.05,
    },
  ),
  healthy(
    'days-low-traffic',
    'replaces another, 3 requests a minute, days differ by 10 %, 6 pairs',
    (seed) => daysOf({ seed, minutes: TWO_WEEKS, total: 3, errorRate: 0.01, sd: 0.1, pairs: 6 }),
    { harmful: 0.01, ship: [2.4 * DAY, '1.9 d'] },
  ),
  healthy(
    'short-history',
    '8 requests/s, replaces another after 100 minutes',
    (seed) => ({ ...replacing({ seed, minutes: TWO_WEEKS, total: 480 }), minutesBefore: 100 }),
    {},
  ),
  healthy(
    'short-history-beside',
    '8 requests/s, 50:50, after 100 minutes of the other',
    (seed) => ({ ...beside({ seed, minutes: TWO_WEEKS, total: 480 }), minutesBefore: 100 }),
    {},
  ),
  wrongShip('wrong-ship', 'worse by one minimum effect, 33 h', '1.7 %', (seed) =>
    beside({ seed, minutes: 33 * 60, fault: { errorRate: 0.00625 } }),
  ),
  wrongShip('wrong-ship-overdispersed', 'the same with design effect 5', '1.7 %', (seed) => {
    const factors = pairOf(seed, (random) => overdispersed(random, 5, 7.5))
    const rate = (which: 0 | 1) => (which === 1 ? 0.00625 : 0.005)
    return beside({
      seed,
      minutes: 33 * 60,
      both: (minute, which) => ({ errorRate: rate(which) * factors[which](minute) }),
    })
  }),
  wrongShip('wrong-ship-canary', '5 % canary, no errors before, now .05 %, 2 d', '0', (seed) =>
    beside({ seed, minutes: 2 * DAY, share: 0.05, errorRate: 0, fault: { errorRate: 0.0005 } }),
  ),
]

type Expected = {
  e20?: [number, string]
  e1000?: [number, string]
  watch?: number
  harmful?: number
  ship?: readonly [number, string]
  belowMinimum?: readonly [number, string]
}

function healthy(
  id: string,
  name: string,
  scenario: (seed: number) => Scenario,
  { watch = 0.02, harmful = 0.001, e20, e1000, ship, belowMinimum }: Expected,
): SimulatedScenario {
  const tests = {
    ...(e20 === undefined ? {} : { e20 }),
    ...(e1000 === undefined ? {} : { e1000 }),
  }
  const limits: Limit[] = ceilings({ watch, harmful, ...tests })
  if (ship !== undefined) limits.push({ moment: 'ship', medianMax: ship[0], got: ship[1] })
  if (belowMinimum !== undefined) {
    limits.push({ moment: 'belowMinimum', medianMax: belowMinimum[0], got: belowMinimum[1] })
  }
  if (id === 'iid') limits.push({ moment: 'belowMinimum', medianMax: 60, got: '41' })
  if (e20 !== undefined) {
    limits.push({
      moment: 'intervalMisses',
      shareMax: e20[0],
      got: id === 'drifting-errors' ? '8 %' : '≤ 1.8 %',
    })
  }
  return { id, name, group: 'healthy', scenario, signal: ERRORS, competitors: true, limits }
}

/** Not harmless, but too small to accuse: what must not happen is praise. */
function wrongShip(
  id: string,
  name: string,
  got: string,
  scenario: (seed: number) => Scenario,
): SimulatedScenario {
  return {
    id,
    name,
    group: 'healthy',
    scenario,
    signal: ERRORS,
    limits: [
      { moment: 'belowMinimum', shareMax: 0.05, got },
      { moment: 'ship', shareMax: 0.05, got },
    ],
  }
}

/** One factor per arm. */
function pairOf(
  seed: number,
  factor: (random: ReturnType<typeof streamOf>) => Factor,
): [Factor, Factor] {
  return [factor(streamOf(seed, 1)), factor(streamOf(seed, 2))]
}

function overdispersedErrors(phi: number, minutes: number): (seed: number) => Scenario {
  return (seed) => {
    const factors = pairOf(seed, (random) => overdispersed(random, phi, 7.5))
    return beside({
      seed,
      minutes,
      both: (minute, which) => ({ errorRate: 0.005 * factors[which](minute) }),
    })
  }
}

function seasonal(seed: number): Scenario {
  const outage = outages(streamOf(seed, 1), TWO_WEEKS)
  return beside({
    seed,
    minutes: TWO_WEEKS,
    both: (minute) => {
      const season = seasonOf(minute)
      const requests = (RPS_50 / 2) * season.requests
      return { requests, errorRate: 0.005 * season.errors * outage(minute) }
    },
  })
}

/** Share of the candidate, by the hour from which it holds. */
function staged(stages: [fromHour: number, share: number][]): (minute: number) => number {
  return (minute) => stages.findLast(([fromHour]) => minute >= fromHour * 60)?.[1] ?? 0
}

function ramp(seed: number): Scenario {
  const share = staged([
    [0, 0.01],
    [12, 0.05],
    [24, 0.25],
    [48, 0.5],
    [96, 0.95],
  ])
  return shared(seed, TWO_WEEKS, share, (minute) => {
    const season = seasonOf(minute)
    return arm(RPS_50 * season.requests, 0.005 * season.errors)
  })
}

function takeOver(seed: number): Scenario {
  const share = staged([
    [0, 0.05],
    [2, 0.25],
    [4, 0.5],
    [6, 1],
  ])
  return shared(seed, 3 * DAY, share, () => arm(RPS_50, 0.005))
}

function shared(
  seed: number,
  minutes: number,
  share: (minute: number) => number,
  whole: (minute: number) => ArmMinute,
): Scenario {
  const part = (minute: number, of: number) => {
    const both = whole(minute)
    return { ...both, requests: both.requests * of }
  }
  return {
    seed,
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: minutes,
    baseline: (minute) => part(minute, minute < 0 ? 1 : 1 - share(minute)),
    candidate: (minute) => part(minute, share(minute)),
  }
}

/** The candidate gets ever more of the operation that always fails more often. */
function mixShift(seed: number): Scenario {
  const rates = [0.001, 0.05]
  const share = (minute: number) => 0.1 + 0.8 * (minute / TWO_WEEKS)
  return {
    seed,
    operations: ['GET /', 'POST /pay'],
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: TWO_WEEKS,
    baseline: (_, operation) => arm(750, rates[operation]!),
    candidate: (minute, operation) => {
      const own = operation === 1 ? share(minute) : 1 - share(minute)
      return arm(1500 * own, rates[operation]!)
    },
  }
}

function fourOperations(seed: number): Scenario {
  const levels = pairOf(seed, (random) => jitter(random, 0.4))
  const parts = [0.5, 0.3, 0.15, 0.05]
  const rates = [0.004, 0.005, 0.006, 0.02]
  const minuteOf = (minute: number, operation: number, which: 0 | 1) => {
    const level = levels[which](minute)
    const errorRate = rates[operation]! * factorOf(level, 0.4)
    return arm((RPS_50 / 2) * parts[operation]!, errorRate, { slow: slower(level / 2) })
  }
  return {
    seed,
    operations: ['GET /', 'GET /cart', 'GET /search', 'POST /pay'],
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: 3 * DAY,
    baseline: (minute, operation) => minuteOf(minute, operation, 0),
    candidate: (minute, operation) => minuteOf(minute, operation, 1),
  }
}

function drift(latencyToo: boolean): (seed: number) => Scenario {
  return (seed) => {
    const errors = pairOf(seed, (random) => drifting(random, 0.4))
    // Half of it in durations moves the share above the 95th percentile by about 40 % too.
    const durations = [3, 4].map((stream) => drifting(streamOf(seed, stream), 0.2))
    return beside({
      seed,
      minutes: 3 * DAY,
      both: (minute, which) => ({
        errorRate: 0.005 * factorOf(errors[which](minute), 0.4),
        ...(latencyToo ? { slow: slower(durations[which]!(minute)) } : {}),
      }),
    })
  }
}

function differentDays(sd: number, pairs: number): (seed: number) => Scenario {
  return (seed) => daysOf({ seed, minutes: 3 * DAY, total: RPS_50, errorRate: 0.005, sd, pairs })
}

function daysOf(input: {
  seed: number
  minutes: number
  total: number
  errorRate: number
  sd: number
  pairs: number
}): Scenario {
  const { seed, minutes, total, errorRate, sd, pairs } = input
  const errorsPerDay = total * errorRate * DAY
  const { factor, placeboLogRatios } = days({ random: streamOf(seed, 1), sd, pairs, errorsPerDay })
  return {
    ...replacing({
      seed,
      minutes,
      total,
      errorRate,
      both: (minute) => ({ errorRate: errorRate * factor(minute) }),
    }),
    placeboLogRatios,
  }
}
