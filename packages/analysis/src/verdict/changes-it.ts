import { signalOf } from '../signals/measures.ts'
import { longestOf } from '../watch/release-watch.ts'
import { SIGNAL_NAMES } from '../signals/signal-words.ts'
import type { Told } from './verdict-words.ts'
import { count, minutesWords, points } from './words.ts'

/** E-values are shown up to here: beyond, more digits are no more certainty. */
const SHOWN_E_MAX = 1e6

/** What would change the verdict, nearest first. */
export function changesOf(told: Told): string[] {
  const { decision, input } = told
  const latched = decision.state === 'roll_back' || decision.state === 'patch'
  if (latched) {
    const hour = minutesWords(input.policy.hysteresis.wentAwayMinutes)
    return [
      `${hour} without a rise that matters make it Watch.`,
      'A decision recorded on the release ends it.',
    ]
  }
  if (input.baseline.kind === 'none') return ['A later release will be compared with this one.']
  return [...nearestThreshold(told), ...blockingGuardrails(told)]
}

/** The signal closest to the next threshold, with what it has and needs. */
function nearestThreshold({ watch, input }: Told): string[] {
  const { thresholds } = input.policy
  const shown = Math.min(SHOWN_E_MAX, Math.exp(watch.totalLogE('exact')))
  const [next, state] =
    shown < thresholds.watch
      ? [thresholds.watch, 'Watch']
      : [thresholds.rollBack, 'Roll back, or Patch']
  const nearest = watch.weights.signals
    .map(({ signal, weight }) => ({ signal, logE: watch.signalLogE(signal, 'exact'), weight }))
    .toSorted((a, b) => b.logE + Math.log(b.weight) - a.logE - Math.log(a.weight))[0]
  if (nearest === undefined) return []
  const name = SIGNAL_NAMES[nearest.signal].toLowerCase()
  return [
    `Evidence against the release stands at ${shownE(shown)}; ${count(next)} makes it ${state} (nearest: ${name}).`,
  ]
}

/** Two digits: the evidence of a healthy release is a small number, not 0. */
function shownE(value: number): string {
  return value >= 100 ? count(value) : Number(value.toPrecision(2)).toString()
}

/** The guardrails that keep it from shipping, with their bound and their limit. */
function blockingGuardrails({ watch, decision, input }: Told): string[] {
  if (decision.state === 'ship') return []
  const ofRequests = watch.guardrails
    .filter(({ passed }) => !passed)
    .map(({ measure, operation, scopes }) => {
      const what = signalOf(measure) === 'error_rate' ? 'Error rate' : 'Slow requests'
      const name = operation === null ? what : `${what} of ${operation}`
      return { name, scope: longestOf(scopes)?.watched }
    })
  const blocking = [...ofRequests, { name: 'Sessions that crash', scope: watch.further.openGuard }]
  return blocking.flatMap(({ name, scope }) => {
    if (scope === undefined || scope.first.sums.W <= 0) return []
    const bound = points(scope.first.upperBound(input.policy.alpha))
    const limit = points(scope.first.rule.minimumEffect)
    return [`${name}: a rise of up to ${bound} is possible; once below ${limit} it may Ship.`]
  })
}
