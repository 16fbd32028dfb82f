import type { ArmMinute, Scenario } from '../simulation.ts'
import { DAY, days, overdispersed, streamOf } from './noise.ts'
import { arm, beside, replacing, RPS_50 } from './scenario.ts'
import type { Limit, SimulatedScenario } from './scenario.ts'
import type { Moment } from './observe.ts'

const HOUR_27 = 27 * 60

/** Releases that do harm: how long until it is said. */
export const faultScenarios: SimulatedScenario[] = [
  fault('errors-double', 'errors .5 → 1 %, 50:50', { minutes: 240, to: { errorRate: 0.01 } }, [
    ['e20', 12, '8'],
    ['e3333', 20, '13'],
    ['watch', 21, '17'],
    ['harmful', 26, '21'],
    ['rollBack', 28, '22'],
  ]),
  fault(
    'errors-double-canary',
    'errors .5 → 1 %, 10 % canary',
    { minutes: 360, share: 0.1, to: { errorRate: 0.01 } },
    [
      ['e20', 30, '24'],
      ['e3333', 45, '31'],
      ['watch', 35, '28'],
      ['harmful', 45, '36'],
      ['rollBack', 50, '40'],
    ],
  ),
  {
    ...fault('errors-double-overdispersed', 'errors .5 → 1 %, design effect 5', { minutes: 600 }, [
      ['e20', 45, '30'],
      ['e3333', 90, '63'],
    ]),
    scenario: (seed) => clustered(seed, 600, 0),
  },
  fault(
    'errors-rare',
    'errors .1 → .2 %, 50:50',
    { minutes: 360, errorRate: 0.001, to: { errorRate: 0.002 } },
    [
      ['e20', 40, '30'],
      ['e3333', 65, '45'],
    ],
  ),
  fault(
    'errors-tenfold-canary',
    'errors .5 → 5 %, 5 % canary',
    { minutes: 120, share: 0.05, to: { errorRate: 0.05 } },
    [
      ['e20', 4, '2'],
      ['e3333', 6, '3'],
      ['watch', 11, '9'],
      ['harmful', 11, '9'],
      ['rollBack', 11, '9'],
    ],
  ),
  fault(
    'errors-from-none',
    'errors 0 → 5 %, 50:50',
    { minutes: 90, errorRate: 0, to: { errorRate: 0.05 } },
    [
      ['watch', 10, '8'],
      ['harmful', 10, '8'],
      ['rollBack', 10, '8'],
    ],
  ),
  fault(
    'errors-low-traffic',
    'errors 1 → 10 %, 3 requests a minute per arm',
    { minutes: 600, total: 6, errorRate: 0.01, to: { errorRate: 0.1 } },
    [
      ['e20', 75, '50'],
      ['e3333', 150, '105'],
    ],
  ),
  fault(
    'crashes-double',
    'crashes .5 → 1 % of 2 sessions a second per arm, as a single test',
    { minutes: 600, total: 240, to: { errorRate: 0.01 } },
    [
      ['e20', 70, '48'],
      ['e3333', 150, '109'],
    ],
  ),
  slowdown('p95-20', '95th percentile +20 %', 'slow95', { slow: [0.55, 0.1, 0.025] }, 1.2, [
    ['e20', 4, '2'],
    ['e3333', 6, '3'],
    ['watch', 11, '9'],
    ['harmful', 11, '9'],
  ]),
  slowdown('p99-20', '99th percentile +20 %', 'slow99', { slow: [0.5, 0.05, 0.025] }, 1, [
    ['e20', 6, '3'],
    ['e3333', 9, '4'],
  ]),
  slowdown('p95-30', '95th percentile +30 %', 'slow95', { slow: [0.6, 0.14, 0.04] }, 1.35, [
    ['watch', 10, '8'],
    ['harmful', 10, '8'],
    ['rollBack', 10, '8'],
  ]),
  fault(
    'all-fail',
    'everything fails from the first request',
    { minutes: 60, to: { errorRate: 1 } },
    [
      ['watch', 4, '8'],
      ['harmful', 4, '8'],
      ['rollBack', 4, '8'],
    ],
  ),
  fault(
    'all-fail-low-traffic',
    'everything fails, 3 requests a minute per arm',
    { minutes: 120, total: 6, to: { errorRate: 1 } },
    [
      ['watch', 15, '12'],
      ['harmful', 19, '15'],
      ['rollBack', 19, '15'],
    ],
  ),
  replacement('replaced-double', 'replaces another, errors ×2, days differ by 10 %', 2, [
    { moment: 'e20', shareMin: 0.8, withinMinutes: DAY, got: '87 %' },
    { moment: 'watch', medianMax: 45, got: '36' },
    { moment: 'harmful', medianMax: 45, got: '36' },
    { moment: 'rollBack', shareMin: 0.6, got: '68 %' },
  ]),
  replacement('replaced-fourfold', 'replaces another, errors ×4, days differ by 10 %', 4, [
    { moment: 'watch', medianMax: 11, got: '9' },
    { moment: 'harmful', medianMax: 11, got: '9' },
    { moment: 'rollBack', medianMax: 11, got: '9' },
  ]),
  {
    ...fault(
      'short-history-sixfold',
      '8 requests/s, replaces another after 100 minutes, errors ×6',
      { minutes: 40 },
      [],
    ),
    competitors: false,
    scenario: (seed) => ({
      ...replacing({ seed, minutes: 40, total: 480, fault: { errorRate: 0.03 } }),
      minutesBefore: 100,
    }),
    limits: [{ moment: 'rollBack', shareMin: 0.99, withinMinutes: 41 }],
  },
  {
    ...replacement('replaced-fourfold-alone', 'the same, and no other service to tell it from', 4, [
      { moment: 'harmful', medianMax: 11 },
      { moment: 'rollBack', medianMax: 40 },
    ]),
    scenario: (seed) => ({ ...replacedBy(seed, 4), controls: [] }),
  },
  late('late-double', 'errors ×2 from hour 27', { minutes: 6 * 60, to: { errorRate: 0.01 } }, [
    ['e20', 100, '63'],
    ['e1000', 120, '67'],
    ['watch', 76, '61'],
    ['harmful', 100, '80'],
    ['rollBack', 103, '82'],
  ]),
  {
    ...late('late-double-overdispersed', 'the same with design effect 5', { minutes: 12 * 60 }, [
      ['e20', 170, '106'],
      ['e1000', 220, '140'],
    ]),
    scenario: (seed) => clustered(seed, HOUR_27 + 12 * 60, HOUR_27),
  },
  late('late-all-fail', 'everything fails from hour 27', { minutes: 60, to: { errorRate: 1 } }, [
    ['watch', 4, '3'],
    ['harmful', 4, '3'],
    ['rollBack', 4, '3'],
  ]),
  late(
    'late-canary',
    '5 % errors from hour 27 on a 5 % canary',
    { minutes: 120, share: 0.05, to: { errorRate: 0.05 } },
    [
      ['watch', 13, '10'],
      ['harmful', 15, '12'],
      ['rollBack', 15, '12'],
    ],
  ),
  {
    ...fault(
      'small-operation',
      'half of an operation of .1 % of the traffic fails',
      { minutes: 12 * 60 },
      [
        ['watch', 58, '46'],
        ['harmful', 75, '60'],
        ['rollBack', 75, '60'],
      ],
    ),
    scenario: smallOperation,
  },
]

type Medians = [moment: Moment, max: number, got: string][]
type Change = {
  minutes: number
  total?: number
  share?: number
  errorRate?: number
  to?: Partial<ArmMinute>
}

function fault(id: string, name: string, change: Change, medians: Medians): SimulatedScenario {
  const { to = {}, ...life } = change
  const limits: Limit[] = medians.map(([moment, medianMax, got]) => ({ moment, medianMax, got }))
  return {
    id,
    name,
    group: 'faults',
    onset: 0,
    scenario: (seed) => beside({ seed, ...life, fault: to }),
    signal: { measure: 'errors' },
    competitors: true,
    limits,
  }
}

function slowdown(
  id: string,
  name: string,
  measure: 'slow95' | 'slow99',
  to: Partial<ArmMinute>,
  p95Ratio: number,
  medians: Medians,
): SimulatedScenario {
  return {
    ...fault(id, name, { minutes: 120 }, medians),
    competitors: false,
    signal: { measure },
    scenario: (seed) => beside({ seed, minutes: 120, fault: to, p95Ratio }),
  }
}

function late(id: string, name: string, change: Change, medians: Medians): SimulatedScenario {
  const { to = {}, minutes, ...life } = change
  return {
    ...fault(id, name, change, medians),
    competitors: false,
    onset: HOUR_27,
    signal: { measure: 'errors', restarts: true },
    scenario: (seed) =>
      beside({ seed, minutes: HOUR_27 + minutes, onset: HOUR_27, ...life, fault: to }),
  }
}

function replacement(id: string, name: string, factor: number, limits: Limit[]): SimulatedScenario {
  return {
    id,
    name,
    group: 'faults',
    onset: 0,
    varies: true,
    signal: { measure: 'errors' },
    competitors: true,
    limits,
    scenario: (seed) => replacedBy(seed, factor),
  }
}

/** Beside three services that nothing happened to. */
function replacedBy(seed: number, factor: number): Scenario {
  const errorsPerDay = RPS_50 * 0.005 * DAY
  const noise = days({ random: streamOf(seed, 1), sd: 0.1, pairs: 6, errorsPerDay })
  return {
    ...replacing({
      seed,
      minutes: 36 * 60,
      both: (minute, which) => ({
        errorRate: 0.005 * noise.factor(minute) * (which === 1 ? factor : 1),
      }),
    }),
    placeboLogRatios: noise.placeboLogRatios,
    controls: [0.005, 0.002, 0.01].map((errorRate) => () => errorRate),
  }
}

/** Errors double while both arms vary with design effect 5. */
function clustered(seed: number, minutes: number, onset: number): Scenario {
  const factors = [1, 2].map((stream) => overdispersed(streamOf(seed, stream), 5, 7.5))
  return beside({
    seed,
    minutes,
    both: (minute, which) => {
      const harmed = which === 1 && minute >= onset
      return { errorRate: (harmed ? 0.01 : 0.005) * factors[which]!(minute) }
    },
  })
}

function smallOperation(seed: number): Scenario {
  const parts = [0.999, 0.001]
  // All of it went to the baseline before: enough to tell its own scatter by.
  const total = (minute: number) => (minute < 0 ? RPS_50 : RPS_50 / 2)
  return {
    seed,
    operations: ['GET /', 'POST /refund'],
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: 12 * 60,
    baseline: (minute, operation) => arm(total(minute) * parts[operation]!, 0.005),
    candidate: (minute, operation) =>
      arm(total(minute) * parts[operation]!, operation === 1 ? 0.5 : 0.005),
  }
}
