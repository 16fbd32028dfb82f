import type { SignalId } from '@aftermath/schemas/verdict'
import type { FurtherSignals } from './further-signals.ts'
import { measures, signalOf } from './measures.ts'
import type { Measure } from './measures.ts'
import type { Policy } from '../policy/policy.ts'
import type { Reference } from '../baseline/reference.ts'

export type SignalWeights = {
  /** `measures` of requests; none of other signals. */
  signals: { signal: SignalId; weight: number; measures: Measure[] }[]
  ofSignal: (signal: SignalId) => number
  /** A signal's weight, evenly over its measures. */
  ofMeasure: (measure: Measure) => number
}

/**
 * Weights of the signals that had exposure before the release, summing to 1. What the release itself
 * sends never changes them; without a reference only errors can be compared.
 */
export function signalWeights(
  reference: Reference | null,
  further: Pick<FurtherSignals, 'ids' | 'hasReference'>,
  policy: Policy,
): SignalWeights {
  const usable =
    reference === null
      ? (['errors'] as const)
      : measures.filter((measure) => reference.measures[measure].pooled.requests > 0)
  const ofRequests = [...Map.groupBy(usable, signalOf)].map(([signal, ofSignal]) => {
    return { signal, measures: [...ofSignal] }
  })
  const others = further.ids
    .filter((signal) => further.hasReference(signal) && policy.weights[signal] > 0)
    .map((signal) => ({ signal, measures: [] }))
  const all = [...ofRequests, ...others]
  const total = all.reduce((sum, { signal }) => sum + policy.weights[signal], 0)
  const signals = all.map((each) => {
    // A policy may leave all the weight to signals that this service has not.
    const weight = total > 0 ? policy.weights[each.signal] / total : 1 / all.length
    return { ...each, weight }
  })
  return {
    signals,
    ofSignal: (signal) => signals.find((each) => each.signal === signal)?.weight ?? 0,
    ofMeasure: (measure) => {
      const own = signals.find(({ signal }) => signal === signalOf(measure))
      return own?.measures.includes(measure) ? own.weight / own.measures.length : 0
    },
  }
}
