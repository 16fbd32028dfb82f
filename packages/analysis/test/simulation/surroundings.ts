import type { JudgeInput } from '../../src/verdict/judgement.ts'
import type { SignalInput } from '../../src/signals/signal-input.ts'
import { issuesSignal, levelSignal, rateSignal, shareSignal } from '../signals.ts'
import type { Drawn } from '../signals.ts'
import type { ArmMinute, Scenario } from '../simulation.ts'
import { arm, beside, replacing, RPS_50 } from './scenario.ts'
import type { Limit, SimulatedScenario } from './scenario.ts'
import { DAY } from './noise.ts'

/** An outage of the whole environment: three hours, five hours after the deployment. */
const OUTAGE = { from: 5 * 60, until: 8 * 60 }
const NEVER: Limit[] = [
  { moment: 'harmful', shareMax: 0.001 },
  { moment: 'rollBack', shareMax: 0.001 },
]

/** What happens around a release: the world, blips, silence, a bad baseline, a fault that ends. */
export const surroundingScenarios: SimulatedScenario[] = [
  around(
    'outage-with-controls',
    'all services fail for three hours; five others tell',
    (seed) => outage(seed, 5),
    NEVER,
  ),
  around(
    'outage-without-controls',
    'all services fail for three hours; no other tells',
    (seed) => outage(seed, 0),
    [{ moment: 'rollBack', shareMax: 0.001 }],
  ),
  around(
    'world-doubles',
    'errors of all services double for good, five hours after the deployment',
    (seed) => {
      const grown = (minute: number) => (minute >= OUTAGE.from ? 2 : 1)
      return {
        ...replacing({ seed, minutes: DAY, fault: { errorRate: 0.01 }, onset: OUTAGE.from }),
        controls: controlRates(5).map((rate) => (minute) => rate * grown(minute)),
      }
    },
    NEVER,
  ),
  around(
    'blip-canary',
    'everything fails in the first two minutes, 50:50',
    (seed) => ({ ...beside({ seed, minutes: 12 * 60 }), ...blip(RPS_50 / 2) }),
    NEVER,
  ),
  around(
    'blip-replacing',
    'everything fails in the first two minutes, replaces another',
    (seed) => ({ ...replacing({ seed, minutes: 12 * 60 }), ...blip(RPS_50) }),
    NEVER,
  ),
  {
    ...around(
      'went-away',
      'errors ×4 for two hours, then as before',
      (seed) =>
        beside({
          seed,
          minutes: 10 * 60,
          both: (minute, which) => (which === 1 && minute < 120 ? { errorRate: 0.02 } : {}),
        }),
      [
        { moment: 'harmful', medianMax: 11 },
        { moment: 'cleared', shareMin: 0.95, withinMinutes: 180 },
        { moment: 'cleared', medianMax: 90 },
      ],
    ),
    onset: 0,
    ends: 120,
  },
  around(
    'new-operation',
    'the release brings an operation of its own, no worse than others',
    (seed) => newOperation(seed, 0.005),
    [...NEVER, { moment: 'watch', shareMax: 0.02 }],
  ),
  around(
    'new-operation-fails',
    'the release brings an operation of its own that fails a fifth of the time',
    (seed) => newOperation(seed, 0.2),
    [{ moment: 'watch', shareMin: 0.95 }, ...NEVER],
  ),
  {
    ...around(
      'all-signals',
      'nothing changes; sessions, issues, web vitals, logs and memory are judged too, 3 d',
      (seed) => beside({ seed, minutes: 3 * DAY }),
      [...NEVER, { moment: 'watch', shareMax: 0.02 }],
    ),
    signals: (input, seed) => everySignal(input, seed, {}),
  },
  {
    ...around(
      'crashing-sessions',
      'crashes .5 → 3 % of 1 session a second per arm, requests as before',
      (seed) => beside({ seed, minutes: 6 * 60 }),
      [
        { moment: 'watch', shareMin: 0.95, withinMinutes: 120 },
        { moment: 'harmful', shareMin: 0.95, withinMinutes: 240 },
      ],
    ),
    signals: (input, seed) => everySignal(input, seed, { crashes: 0.03 }),
    onset: 0,
  },
  {
    ...around(
      'memory-grows',
      'memory +50 %, requests as before',
      (seed) => beside({ seed, minutes: 6 * 60 }),
      [{ moment: 'watch', shareMin: 0.95, withinMinutes: 240 }],
    ),
    signals: (input, seed) => everySignal(input, seed, { memory: 1.5 }),
    onset: 0,
  },
  {
    ...around(
      'new-issue',
      'a new unhandled error in .2 % of requests, 50:50',
      (seed) => beside({ seed, minutes: 6 * 60 }),
      [
        { moment: 'watch', medianMax: 24, got: '19' },
        { moment: 'harmful', medianMax: 31, got: '25' },
      ],
    ),
    signals: (input, seed) => everySignal(input, seed, { newIssue: 0.002 }),
    onset: 0,
  },
  around(
    'baseline-bad',
    'nothing changes, but the baseline was itself judged harmful',
    (seed) => ({ ...beside({ seed, minutes: DAY }), baselineBad: true }),
    [...NEVER, { moment: 'ship', shareMax: 0 }],
  ),
  around(
    'silent-service',
    'the whole service goes silent after four hours, others report',
    (seed) => ({
      ...beside({ seed, minutes: 300, both: servesUntil(240) }),
      lifecycle: { serviceRequestsLately: 0, serviceRequestsUsual: 30_000 },
    }),
    [...NEVER, { moment: 'silent', shareMin: 1 }],
  ),
  around(
    'ends-after-four-hours',
    'the release ends after four hours, its service goes on',
    (seed) =>
      beside({
        seed,
        minutes: 300,
        both: (minute, which) => (which === 1 ? servesUntil(240)(minute) : {}),
      }),
    [...NEVER, { moment: 'silent', shareMax: 0 }],
  ),
]

function around(
  id: string,
  name: string,
  scenario: (seed: number) => Scenario,
  limits: Limit[],
): SimulatedScenario {
  return { id, name, group: 'surroundings', scenario, limits }
}

function controlRates(count: number): number[] {
  return Array.from({ length: count }, (_, k) => 0.002 * (k + 1))
}

function outage(seed: number, controls: number): Scenario {
  const factor = (minute: number) => (minute >= OUTAGE.from && minute < OUTAGE.until ? 20 : 1)
  return {
    ...replacing({
      seed,
      minutes: DAY,
      both: (minute) => ({ errorRate: 0.005 * factor(minute) }),
    }),
    controls: controlRates(controls).map((rate) => (minute) => rate * factor(minute)),
  }
}

function blip(requests: number): Pick<Scenario, 'candidate'> {
  return { candidate: (minute) => arm(requests, minute < 2 ? 1 : 0.005) }
}

function servesUntil(lastMinute: number): (minute: number) => Partial<ArmMinute> {
  return (minute) => (minute >= lastMinute ? { requests: 0 } : {})
}

function newOperation(seed: number, errorRate: number): Scenario {
  const half = RPS_50 / 2
  return {
    seed,
    operations: ['GET /', 'POST /new'],
    newOperations: 1,
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: DAY,
    baseline: (_, operation) => arm(operation === 0 ? half : 0, 0.005),
    candidate: (_, operation) =>
      operation === 0 ? arm(half * 0.95, 0.005) : arm(half * 0.05, errorRate),
  }
}

/** Sessions, issues, page views, logs and memory of both arms; one of them may differ. */
function everySignal(
  input: JudgeInput,
  seed: number,
  change: { crashes?: number; memory?: number; newIssue?: number },
): SignalInput[] {
  const { crashes = 0.005, memory = 1, newIssue = 0 } = change
  const share = (candidate: number, baseline: number): Drawn<number> => {
    return ({ arm: of }) => (of === 1 ? candidate : baseline)
  }
  const known = [0.001, 0.0003, 0.0001].map((rate, k) => ({ id: `i${k}`, rate: () => rate }))
  const issues = [...known, { id: 'new', rate: share(newIssue, 0) }]
  const sessions = { signal: 'crash_free_sessions', exposure: 'sessions', perMinute: 60 } as const
  const vitals = { signal: 'web_vitals', exposure: 'views', perMinute: 120 } as const
  const logs = { signal: 'log_errors', exposure: 'requests', perMinute: RPS_50 / 2 } as const
  return [
    shareSignal(input, { ...sessions, seed: seed + 1e6 }, share(crashes, 0.005)),
    shareSignal(input, { ...vitals, seed: seed + 2e6 }, () => 0.05),
    rateSignal(input, { ...logs, seed: seed + 3e6 }, () => 0.01),
    levelSignal(input, { signal: 'memory', seed: seed + 4e6 }, share(4e8 * memory, 4e8)),
    issuesSignal(input, { seed: seed + 5e6, perMinute: RPS_50 / 2 }, issues),
  ]
}
