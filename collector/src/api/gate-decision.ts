import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import type { GateDecision, GateSearch } from '@aftermath/schemas/api/gate'
import type { Reason, Severity, VerdictState } from '@aftermath/schemas/verdict'
import type { StoredDecision } from '../releases/decisions.ts'

export type GatePolicy = Pick<GateSearch, 'failOn' | 'passOn' | 'baseline' | 'require'>

/** What the gate knows of one release. */
export type GateCase = {
  service: string
  version: string
  /** Why nothing is known of it; undefined once it was seen. */
  notSeen?: Reason[]
  /** Undefined before its first judged minute. */
  judgement: Pick<Judgement, 'verdict' | 'severity' | 'reasons' | 'baseline' | 'logE'> | undefined
  /** What people decided last. */
  decision: Pick<StoredDecision, 'action' | 'verdict' | 'severity' | 'by' | 'reason'> | undefined
  signedOff: boolean
  /** Acknowledged data of the last minutes is not stored yet. */
  isStale: boolean
}

type Answer = { decision: GateDecision; reasons: Reason[] }

/** May this release go on? People come first, then what is known to be bad, then what is missing. */
export function decideGate(one: GateCase, policy: GatePolicy): Answer {
  const { judgement, notSeen, service, version } = one
  if (notSeen !== undefined) return { decision: 'wait', reasons: notSeen }
  const verdict = judgement?.verdict ?? 'insufficient_data'
  const said = judgement?.reasons ?? []
  const because = (code: string, sentence: string) => [{ code, sentence }, ...said]

  const human = decidedByPeople(one)
  if (human?.decision !== undefined) {
    return { decision: human.decision, reasons: [human.reason, ...said] }
  }
  if (policy.failOn.includes(verdict)) {
    return { decision: 'fail', reasons: human === undefined ? said : [human.reason, ...said] }
  }
  if (one.isStale) {
    const sentence = 'Acknowledged data of the last minutes is not stored yet.'
    return { decision: 'wait', reasons: because('stale_data', sentence) }
  }
  if (judgement === undefined) {
    const sentence = `The first minutes of ${service} ${version} are not judged yet.`
    return { decision: 'wait', reasons: because('not_judged', sentence) }
  }
  const compared = judgement.baseline.version
  if (policy.baseline !== 'auto' && policy.baseline !== compared) {
    const sentence = `It is compared with ${compared ?? 'nothing'}, not with ${policy.baseline}.`
    return { decision: 'wait', reasons: because('other_baseline', sentence) }
  }
  if (policy.require === 'uat' && !one.signedOff) {
    const sentence = `Nobody signed ${service} ${version} off yet (decision uat).`
    return { decision: 'wait', reasons: because('uat_missing', sentence) }
  }
  return { decision: passes(judgement, policy) ? 'pass' : 'wait', reasons: said }
}

function passes(
  { verdict, baseline, reasons }: NonNullable<GateCase['judgement']>,
  { passOn, failOn }: GatePolicy,
) {
  const has = (code: string) => reasons.some((reason) => reason.code === code)
  // A pipeline must be able to begin: the first release of a service has nothing to be worse than.
  const isFirst = baseline.kind === 'none' && has('first_release')
  if (verdict === 'insufficient_data' && isFirst) return true
  // Silence is not health, whatever is said to pass.
  if (has('silent')) return false
  if (passOn !== undefined) return passOn.includes(verdict)
  return verdict !== 'insufficient_data' && !failOn.includes(verdict)
}

type Human = { decision: GateDecision | undefined; reason: Reason }

/** What a person's decision makes of the answer; `decision` undefined where it no longer covers what is known. */
function decidedByPeople({ decision, judgement, version }: GateCase): Human | undefined {
  if (decision === undefined || decision.action === 'turn_off_flag') return undefined
  const who = decision.by === '' ? 'A person' : decision.by
  const why = decision.reason === '' ? '.' : `: ${decision.reason}`
  switch (decision.action) {
    case 'hold':
      return {
        decision: 'wait',
        reason: { code: 'held', sentence: `${who} holds ${version}${why}` },
      }
    case 'roll_back':
    case 'patch': {
      const what = decision.action === 'patch' ? 'patch' : 'roll back'
      const sentence = `${who} decided to ${what} ${version}${why}`
      return { decision: 'fail', reason: { code: `decided_${decision.action}`, sentence } }
    }
    case 'accept': {
      const known = judgement ?? { verdict: 'insufficient_data' as const, severity: null }
      if (badness(known.verdict, known.severity) <= badness(decision.verdict, decision.severity)) {
        return {
          decision: 'pass',
          reason: { code: 'accepted', sentence: `${who} accepted ${version}${why}` },
        }
      }
      const sentence = `${who} accepted ${version} when it was ${WORDS[decision.verdict]}; it is ${WORDS[known.verdict]} now.`
      return { decision: undefined, reason: { code: 'worse_than_accepted', sentence } }
    }
    case 'uat':
      return undefined
  }
}

const WORDS: Record<VerdictState, string> = {
  ship: 'fine to ship',
  insufficient_data: 'still collecting',
  watch: 'one to watch',
  patch: 'one to patch',
  roll_back: 'one to roll back',
}
const STATES: VerdictState[] = ['ship', 'insufficient_data', 'watch', 'patch', 'roll_back']
const SEVERITIES: (Severity | null)[] = [null, 'minor', 'major', 'critical']

/** Orders what is known of a release: who accepted something bad did not accept what is worse. */
function badness(verdict: VerdictState, severity: Severity | '' | null): number {
  return STATES.indexOf(verdict) * SEVERITIES.length + SEVERITIES.indexOf(severity || null)
}

export type Thresholds = { patch: number; rollBack: number }

/**
 * Verdicts of a release that spans services, each taken no further than the mean of their e-values
 * allows: of many services one looks bad by chance sooner than one of one. What fails outright
 * needs no statistics.
 */
export function capVerdicts(
  cases: readonly GateCase[],
  { patch, rollBack }: Thresholds,
): GateCase[] {
  if (cases.length < 2) return [...cases]
  const logE = logMeanExp(cases.map(({ judgement }) => judgement?.logE ?? 0))
  const most: VerdictState =
    logE >= Math.log(rollBack) ? 'roll_back' : logE >= Math.log(patch) ? 'patch' : 'watch'
  return cases.map((one) => {
    const { judgement } = one
    if (judgement === undefined || STATES.indexOf(judgement.verdict) <= STATES.indexOf(most))
      return one
    if (judgement.reasons.some(({ code }) => code === 'fails_outright')) return one
    const sentence = `${WORDS[judgement.verdict]} by itself; over all ${cases.length} services the evidence makes it ${WORDS[most]}.`
    const reasons = [
      { code: 'spans_services', sentence: `It is ${sentence}` },
      ...judgement.reasons,
    ]
    return { ...one, judgement: { ...judgement, verdict: most, reasons } }
  })
}

/** ln of the mean of e^x, without overflow. */
function logMeanExp(values: readonly number[]): number {
  const highest = Math.max(...values)
  const sum = values.reduce((total, value) => total + Math.exp(value - highest), 0)
  return highest + Math.log(sum / values.length)
}

/** Of several answers the one that stops most. */
export function strictest(decisions: readonly GateDecision[]): GateDecision {
  if (decisions.includes('fail')) return 'fail'
  return decisions.includes('wait') ? 'wait' : 'pass'
}

/** Of several verdicts the worst; what is still collecting outweighs what may ship. */
export function worstOf<T extends { verdict: VerdictState }>(answers: readonly T[]): T {
  return answers.reduce((worst, one) =>
    STATES.indexOf(one.verdict) > STATES.indexOf(worst.verdict) ? one : worst,
  )
}
