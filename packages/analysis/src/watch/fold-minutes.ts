import { candidateLife } from './candidate-life.ts'
import { judgedUntilMinute } from '../baseline/choose-baseline.ts'
import type { SloAlert } from '../baseline/choose-baseline.ts'
import { decide } from '../verdict/decide.ts'
import type { DecisionContext, DecisionEvidence } from '../verdict/decide.ts'
import { EvidenceReader } from '../verdict/decision-evidence.ts'
import { holdVerdict } from '../verdict/hold-verdict.ts'
import type { HeldVerdict } from '../verdict/hold-verdict.ts'
import type { JudgeInput } from '../verdict/judgement.ts'
import { MINUTE_MS } from '../counts/minute-columns.ts'
import { minuteCounts } from '../counts/minute-counts.ts'
import { ReleaseWatch } from './release-watch.ts'

/** Where a release stands after its last judged minute. */
export type FoldedMinutes = {
  watch: ReleaseWatch
  held: HeldVerdict
  /** What the last decision was made on. */
  evidence: DecisionEvidence
  context: DecisionContext
  /** Exclusive. */
  untilMinute: number
  /** It serves no more, while the service does: the verdict it had stands. */
  ended: boolean
  /** Every change of the verdict, oldest first. */
  changes: HeldVerdict[]
}

/**
 * One decision per minute, from the first request to the last minute that is complete.
 *
 * @param look told the verdict after every minute, for who wants more than its changes
 */
export function foldMinutes(
  input: JudgeInput,
  look?: (held: HeldVerdict, minute: number) => void,
): FoldedMinutes {
  const { fromMinute } = input.baseline.comparison
  const untilMinute = Math.max(
    fromMinute,
    Math.min(input.baseline.comparison.untilMinute, judgedUntilMinute(input.nowMs, input.policy)),
  )
  const life = candidateLife(input, untilMinute)
  const decideUntil = life.state === 'over' ? life.lastMinute + 1 : untilMinute
  const { operations, minutes } = minuteCounts(input.columns)
  const fold = new Fold(input, operations)
  let next = minutes.next()
  while (!next.done && next.value.minute < fromMinute) next = minutes.next()
  for (let minute = fromMinute; minute < decideUntil; minute += 1) {
    if (!next.done && next.value.minute === minute) {
      fold.watch.add(next.value)
      next = minutes.next()
    }
    fold.watch.addFurther(minute)
    const held = fold.decide(minute, false)
    look?.(held, minute)
  }
  if (fold.held === undefined || life.state === 'silent') {
    const held = fold.decide(untilMinute, life.state === 'silent')
    look?.(held, untilMinute)
  }
  return { ...fold.state(), untilMinute, ended: life.state === 'over' }
}

const DAY_MINUTES = 24 * 60

function isPage({ severity }: SloAlert): boolean {
  return severity === 'page'
}

/** Alerts that were open at any time of the last minutes up to the end of one. */
function alertsWithin(alerts: SloAlert[], minute: number, minutes: number): SloAlert[] {
  const untilMs = (minute + 1) * MINUTE_MS
  const fromMs = untilMs - minutes * MINUTE_MS
  return alerts.filter((alert) => {
    return alert.fromMs < untilMs && (alert.untilMs === null || alert.untilMs >= fromMs)
  })
}

class Fold {
  readonly watch: ReleaseWatch
  held: HeldVerdict | undefined
  readonly #input: JudgeInput
  readonly #reader: EvidenceReader
  readonly #changes: HeldVerdict[] = []
  #last: { evidence: DecisionEvidence; context: DecisionContext } | undefined

  constructor(input: JudgeInput, operations: string[]) {
    this.#input = input
    this.watch = new ReleaseWatch(input, operations)
    this.#reader = new EvidenceReader(this.watch, input)
  }

  decide(minute: number, silent: boolean): HeldVerdict {
    const { policy } = this.#input
    const evidence = this.#reader.read(minute)
    const context = this.#context(minute, evidence, silent)
    const decision = decide(evidence, context, policy)
    const unlatch = this.#reader.wentAway || this.#isDecidedIn(minute)
    const before = this.held
    const lingers = before?.decision.row === '5' && this.#evidenceLingers()
    this.held = holdVerdict(before, { minute, decision, unlatch, lingers }, policy)
    this.#last = { evidence, context }
    if (before?.decision.state !== this.held.decision.state) this.#changes.push(this.held)
    return this.held
  }

  #context(minute: number, evidence: DecisionEvidence, silent: boolean): DecisionContext {
    const { baseline, lifecycle, policy } = this.#input
    const { watch } = this
    const { candidate, baseline: other } = watch.requestsPerArm()
    const requests = Math.min(candidate, other)
    const proven = evidence.failsOutright || evidence.logE >= Math.log(policy.thresholds.rollBack)
    const suspicious = evidence.logE >= Math.log(policy.thresholds.watch)
    const overTime = watch.comparesOverTime
    const noControls = overTime && !watch.controls.enough
    return {
      baselineKind: watch.kind,
      baselineBad: baseline.bad,
      judgedMinutes: watch.judgedMinutes,
      ageMinutes: minute + 1 - baseline.comparison.fromMinute,
      someMinimumMet: requests >= Math.min(...Object.values(policy.requestsMin)),
      guardrailMinimaMet:
        requests >= Math.max(policy.requestsMin.errors, policy.requestsMin.slow95) &&
        watch.further.sessionsMinimumMet,
      silent,
      fault: this.#fault,
      globalShift: suspicious && overTime && watch.controls.globalShift,
      noControls,
      changedAtDeployment:
        proven && noControls && this.#reader.changedAtDeployment(evidence.named, minute),
      wentAway: this.#reader.wentAway,
      share: lifecycle.share,
      rollBackTo: lifecycle.rollBackTo,
      newerRelease: lifecycle.newerRelease,
      irreversibleMigration: lifecycle.irreversibleMigration,
      artifactsGone: lifecycle.artifactsGone,
      flag: lifecycle.flag,
      sloPaging: alertsWithin(lifecycle.sloAlerts, minute, 1).some(isPage),
      sloFiredInDay: alertsWithin(lifecycle.sloAlerts, minute, DAY_MINUTES).length > 0,
    }
  }

  get #fault(): DecisionContext['fault'] {
    if (this.#input.sampling.biased) return 'biased_sample'
    return this.watch.instances.tooSkewed ? 'clock_skew' : null
  }

  #evidenceLingers(): boolean {
    return this.watch.totalLogE('exact') >= Math.log(this.#input.policy.thresholds.watch) / 2
  }

  #isDecidedIn(minute: number): boolean {
    const { decidedAtMs } = this.#input.lifecycle
    return decidedAtMs !== null && Math.floor(decidedAtMs / MINUTE_MS) === minute
  }

  state(): Omit<FoldedMinutes, 'untilMinute' | 'ended'> {
    // The fold decides at least once.
    return { watch: this.watch, held: this.held!, ...this.#last!, changes: this.#changes }
  }
}
