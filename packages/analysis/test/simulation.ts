import type { Baseline } from '../src/baseline/choose-baseline.ts'
import { foldMinutes } from '../src/watch/fold-minutes.ts'
import type { FoldedMinutes } from '../src/watch/fold-minutes.ts'
import type { Control, JudgeInput, Lifecycle } from '../src/verdict/judgement.ts'
import { BASELINE, CANDIDATE, MINUTE_MS } from '../src/counts/minute-columns.ts'
import type { MinuteColumns } from '../src/counts/minute-columns.ts'
import { defaultPolicy } from '../src/policy/policy.ts'
import { referenceOf } from '../src/baseline/reference.ts'
import { Random } from './random.ts'

/** What one arm does in one minute. Slow shares are of the baseline's quantiles. */
export type ArmMinute = {
  requests: number
  errorRate: number
  slow: [number, number, number]
  /** Errors come in groups of this mean size (geometric); 1 by default. */
  burst?: number
}

/** A release to judge, by its operations; minutes count from its first request. */
export type Scenario = {
  operations?: string[]
  /** How many of them, the last ones, only the candidate has. */
  newOperations?: number
  kind: 'concurrent' | 'previous_window'
  minutesBefore: number
  minutesAfter: number
  /** `minute` is negative before the deployment. */
  baseline: (minute: number, operation: number, random: Random) => ArmMinute
  candidate: (minute: number, operation: number, random: Random) => ArmMinute
  /** p95 of the candidate over the baseline's, where durations matter. */
  p95Ratio?: number
  placeboLogRatios?: number[]
  /** The baseline has no window before the deployment. */
  noReference?: boolean
  baselineBad?: boolean
  /** Other services of the environment, 600 requests a minute each, by their error rate. */
  controls?: ((minute: number) => number)[]
  /** Where it is not that of an undisturbed release. */
  lifecycle?: Partial<Lifecycle>
  seed: number
}

/** Of a healthy arm, by definition of the quantiles. */
export const UNCHANGED: [number, number, number] = [0.5, 0.05, 0.01]

/** The minute of the simulated deployment: an ordinary midnight plus a few hours. */
export const DEPLOYED_MINUTE = 29_400_000 + 437

/** Draws both arms and folds every minute, as if someone had looked every minute. */
export function simulate(scenario: Scenario): FoldedMinutes {
  return foldMinutes(simulatedInput(scenario))
}

export function simulatedInput(scenario: Scenario): JudgeInput {
  const random = new Random(scenario.seed)
  const window = {
    fromMinute: DEPLOYED_MINUTE - scenario.minutesBefore,
    untilMinute: DEPLOYED_MINUTE,
  }
  const comparison = {
    fromMinute: DEPLOYED_MINUTE,
    untilMinute: DEPLOYED_MINUTE + scenario.minutesAfter,
  }
  const before = drawn(knownBefore(scenario), window, [BASELINE], random)
  const arms = scenario.kind === 'concurrent' ? [CANDIDATE, BASELINE] : [CANDIDATE]
  const columns = drawn(scenario, comparison, arms, random)
  const baseline: Baseline = {
    version: '1.0.0',
    kind: scenario.kind,
    named: false,
    why: 'Simulated.',
    bad: scenario.baselineBad ?? false,
    pairs: [],
    reference: scenario.noReference ? null : window,
    comparison,
  }
  const reference = scenario.noReference ? null : referenceOf({ columns: before, ...window })
  return {
    candidate: '1.1.0',
    baseline,
    reference,
    columns,
    histograms: durations(scenario),
    signals: [],
    users: null,
    controls: (scenario.controls ?? []).map((errorRate, k) => ({
      service: `control-${k}`,
      reference: drawnControl(errorRate, window, random),
      comparison: drawnControl(errorRate, comparison, random),
    })),
    instances: null,
    sampling: { weight: 1, biased: false },
    lifecycle: {
      serviceRequestsLately: 100,
      serviceRequestsUsual: 100,
      othersReport: true,
      share: scenario.kind === 'concurrent' ? 0.5 : 1,
      newerRelease: null,
      rollBackTo: '1.0.0',
      irreversibleMigration: false,
      artifactsGone: false,
      flag: null,
      sloAlerts: [],
      decidedAtMs: null,
      ...scenario.lifecycle,
    },
    placeboLogRatios: scenario.placeboLogRatios ?? [],
    nowMs: comparison.untilMinute * MINUTE_MS + defaultPolicy.latenessMs,
    policy: defaultPolicy,
  }
}

function knownBefore(scenario: Scenario): Scenario {
  const { operations, newOperations = 0 } = scenario
  return newOperations === 0
    ? scenario
    : { ...scenario, operations: operations!.slice(0, -newOperations) }
}

function drawn(
  scenario: Scenario,
  window: { fromMinute: number; untilMinute: number },
  arms: number[],
  random: Random,
): MinuteColumns {
  const operations = scenario.operations ?? ['GET /']
  const rows = (window.untilMinute - window.fromMinute) * operations.length * arms.length
  const columns: MinuteColumns = {
    operations,
    minute: new Int32Array(rows),
    operation: new Uint16Array(rows),
    arm: new Uint8Array(rows),
    requests: new Float64Array(rows),
    failures: new Float64Array(rows),
    slow50: new Float64Array(rows),
    slow95: new Float64Array(rows),
    slow99: new Float64Array(rows),
  }
  let row = 0
  for (let minute = window.fromMinute; minute < window.untilMinute; minute += 1) {
    for (const operation of operations.keys()) {
      for (const arm of arms) {
        const draw = arm === CANDIDATE ? scenario.candidate : scenario.baseline
        const does = draw(minute - DEPLOYED_MINUTE, operation, random)
        const [slow50, slow95, slow99] = does.slow
        const n = random.poisson(does.requests)
        columns.minute[row] = minute
        columns.operation[row] = operation
        columns.arm[row] = arm
        columns.requests[row] = n
        columns.failures[row] = failuresOf(n, does, random)
        columns.slow50[row] = random.binomial(n, slow50)
        columns.slow95[row] = random.binomial(columns.slow50[row]!, slow95 / slow50)
        columns.slow99[row] = random.binomial(columns.slow95[row]!, slow99 / slow95)
        row += 1
      }
    }
  }
  return columns
}

function failuresOf(n: number, { errorRate, burst = 1 }: ArmMinute, random: Random): number {
  if (burst <= 1) return random.binomial(n, Math.min(1, errorRate))
  const groups = random.poisson((n * errorRate) / burst)
  let failures = 0
  for (let group = 0; group < groups; group += 1) failures += random.geometric(burst)
  return Math.min(n, failures)
}

function drawnControl(
  errorRate: (minute: number) => number,
  window: { fromMinute: number; untilMinute: number },
  random: Random,
): Control['reference'] {
  const length = window.untilMinute - window.fromMinute
  const requests = Float64Array.from({ length }, () => random.poisson(600))
  return {
    minute: Int32Array.from({ length }, (_, k) => window.fromMinute + k),
    requests,
    failures: requests.map((n, k) => {
      return random.binomial(n, Math.min(1, errorRate(window.fromMinute + k - DEPLOYED_MINUTE)))
    }),
  }
}

/** One bucket per arm: enough to say by which factor the slow end moved. */
function durations({ p95Ratio = 1, operations = ['GET /'] }: Scenario): JudgeInput['histograms'] {
  const shift = Math.round(8 * Math.log2(p95Ratio))
  const arm = (bucket: number) =>
    operations.map((operation) => ({ operation, bucket, count: 1000 }))
  return { baseline: arm(200), candidate: arm(200 + shift), candidateRecent: arm(200 + shift) }
}

/** Minutes since the first request at which a state was first held; undefined if never. */
export function firstMinuteOf(
  { changes }: FoldedMinutes,
  states: string[],
  reasons?: string,
): number | undefined {
  const change = changes.find(({ decision }) => {
    const fits = reasons === undefined || decision.reasons.some((reason) => reason === reasons)
    return states.includes(decision.state) && fits
  })
  // A minute is seen when it is over.
  return change === undefined ? undefined : change.sinceMinute - DEPLOYED_MINUTE + 1
}
