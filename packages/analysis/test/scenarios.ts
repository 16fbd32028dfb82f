import type { ArmMinute, Scenario } from './simulation.ts'
import { UNCHANGED } from './simulation.ts'
import type { Random } from './random.ts'

export type NamedScenario = { name: string; scenario: (seed: number) => Scenario }

const DAY = 24 * 60
const BOTH_RPS_50 = { requests: 1500, errorRate: 0.005 }

/** Healthy releases, then faults: the situations a verdict must get right. */
export function scenarios({ days }: { days: number }): NamedScenario[] {
  const life = days * DAY
  return [
    ...eightPerSecond(life),
    concurrent('healthy, 50:50', life, () => ({})),
    concurrent('healthy, clustered errors (φ 5)', life, () => ({}), clustered(5)),
    concurrent('healthy, no errors at all', life, () => ({ errorRate: 0 })),
    concurrent('healthy, season and shared outages', life, (_, minute) => season(minute)),
    canary('healthy, 10 % canary', life, 0.1, {}),
    {
      name: 'healthy, 3 requests a minute, 1 %',
      scenario: (seed) =>
        arms({ seed, life, both: { requests: 3, errorRate: 0.01 }, fault: {}, from: 0 }),
    },
    {
      name: 'healthy, mix shift between operations of .1 % and 5 %',
      scenario: (seed) => mixShift(seed, life),
    },
    {
      name: 'wrong ship: effect of one minimum',
      scenario: (seed) => arms({ seed, life: 2 * DAY, fault: { errorRate: 0.00625 }, from: 0 }),
    },
    fault('errors .5 → 1.0 %, 50:50', { errorRate: 0.01 }, 180),
    canary('errors .5 → 1.0 %, 10 % canary', 300, 0.1, { errorRate: 0.01 }),
    canary('errors .5 → 5 %, 5 % canary', 120, 0.05, { errorRate: 0.05 }),
    fault('p95 +20 %', { slow: [0.55, 0.1, 0.025] }, 120, 1.2),
    fault('p95 +30 %', { slow: [0.6, 0.14, 0.04] }, 120, 1.35),
    fault('all fails from the start', { errorRate: 1 }, 60),
    {
      name: 'all fails from the start, 3 requests a minute per arm',
      scenario: (seed) =>
        arms({
          seed,
          life: 120,
          both: { requests: 3, errorRate: 0.005 },
          fault: { errorRate: 1 },
          from: 0,
        }),
    },
    {
      name: 'errors ×2 from hour 27',
      scenario: (seed) => arms({ seed, life: 34 * 60, fault: { errorRate: 0.01 }, from: 27 * 60 }),
    },
    {
      name: 'all fails from hour 27',
      scenario: (seed) => arms({ seed, life: 28 * 60, fault: { errorRate: 1 }, from: 27 * 60 }),
    },
    replacement('replacement, errors ×2', 0.01),
    replacement('replacement, errors ×4', 0.02),
  ]
}

/** The alarm every installation tries first: 100 minutes of one release, then another. */
function eightPerSecond(life: number): NamedScenario[] {
  const both = { requests: 480, errorRate: 0.005 }
  return [
    {
      name: 'healthy, 8 requests/s, 100 minutes before, replaced',
      scenario: (seed) => replaced({ seed, life, before: 100, both, fault: {} }),
    },
    {
      name: 'healthy, 8 requests/s, 100 minutes before, 50:50',
      scenario: (seed) => ({
        ...arms({ seed, life, both: { requests: 240, errorRate: 0.005 }, fault: {}, from: 0 }),
        minutesBefore: 100,
      }),
    },
    {
      name: 'alarm, 8 requests/s, .5 → 3 % for 40 minutes, replaced',
      scenario: (seed) =>
        replaced({ seed, life: 40, before: 100, both, fault: { errorRate: 0.03 } }),
    },
  ]
}

type Change = Partial<ArmMinute>

function arm(base: { requests: number; errorRate: number }, change: Change = {}): ArmMinute {
  return { slow: UNCHANGED, ...base, ...change }
}

/** Both arms alike, until the candidate changes at a minute of its life. */
function arms(input: {
  seed: number
  life: number
  both?: { requests: number; errorRate: number }
  fault: Change
  from: number
}): Scenario {
  const { seed, life, both = BOTH_RPS_50, fault: change, from } = input
  return {
    seed,
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: life,
    baseline: () => arm(both),
    candidate: (minute) => arm(both, minute >= from ? change : {}),
  }
}

function fault(name: string, change: Change, life: number, p95Ratio = 1): NamedScenario {
  return {
    name,
    scenario: (seed) => ({ ...arms({ seed, life, fault: change, from: 0 }), p95Ratio }),
  }
}

function concurrent(
  name: string,
  life: number,
  change: (seed: number, minute: number) => Change,
  noise: (random: Random) => number = () => 1,
): NamedScenario {
  const at = (seed: number) => (minute: number, _: number, random: Random) => {
    const both = arm(BOTH_RPS_50, change(seed, minute))
    return { ...both, errorRate: both.errorRate * noise(random) }
  }
  return {
    name,
    scenario: (seed) => ({
      seed,
      kind: 'concurrent',
      minutesBefore: DAY,
      minutesAfter: life,
      baseline: at(seed),
      candidate: at(seed),
    }),
  }
}

/** Error rates that vary from minute to minute so that counts have the given design effect. */
function clustered(phi: number): (random: Random) => number {
  const { requests, errorRate } = BOTH_RPS_50
  const variance = (phi - 1) / (requests * errorRate)
  return (random) => random.gamma(variance)
}

/** ±60 % of traffic and ±50 % of errors over a day, and a shared outage now and then. */
function season(minute: number): Change {
  const angle = (2 * Math.PI * minute) / DAY
  const outage = Math.abs(minute) % 997 < 5 ? 20 : 1
  return {
    requests: 1500 * (1 + 0.6 * Math.sin(angle)),
    errorRate: 0.005 * (1 + 0.5 * Math.cos(angle)) * outage,
  }
}

function canary(name: string, life: number, share: number, change: Change): NamedScenario {
  const total = 2 * BOTH_RPS_50.requests
  return {
    name,
    scenario: (seed) => ({
      seed,
      kind: 'concurrent',
      minutesBefore: DAY,
      minutesAfter: life,
      baseline: (minute) =>
        arm({ requests: minute < 0 ? total : total * (1 - share), errorRate: 0.005 }),
      candidate: () => arm({ requests: total * share, errorRate: 0.005 }, change),
    }),
  }
}

/** The candidate gets ever more of the operation that always fails more often. */
function mixShift(seed: number, life: number): Scenario {
  const rates = [0.001, 0.05]
  const share = (minute: number) => 0.1 + 0.8 * (minute / life)
  return {
    seed,
    operations: ['GET /', 'POST /pay'],
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: life,
    baseline: (_, operation) => arm({ requests: 750, errorRate: rates[operation]! }),
    candidate: (minute, operation) => {
      const own = operation === 1 ? share(minute) : 1 - share(minute)
      return arm({ requests: 1500 * own, errorRate: rates[operation]! })
    },
  }
}

function replaced(input: {
  seed: number
  life: number
  before: number
  both: { requests: number; errorRate: number }
  fault: Change
}): Scenario {
  const { seed, life, before, both, fault: change } = input
  return {
    seed,
    kind: 'previous_window',
    minutesBefore: before,
    minutesAfter: life,
    baseline: () => arm(both),
    candidate: () => arm(both, change),
  }
}

/** Days that differ by 10 %, six of them known from before. */
function replacement(name: string, errorRate: number): NamedScenario {
  return {
    name,
    scenario: (seed) => ({
      ...replaced({
        seed,
        life: 36 * 60,
        before: DAY,
        both: { requests: 3000, errorRate: 0.005 },
        fault: { errorRate },
      }),
      placeboLogRatios: [0.14, -0.12, 0.1, -0.16, 0.13, -0.11],
    }),
  }
}
