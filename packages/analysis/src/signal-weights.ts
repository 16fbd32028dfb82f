import type { SignalId } from '@aftermath/schemas/verdict'
import { measures, signalOf } from './measures.ts'
import type { Measure } from './measures.ts'
import type { Policy } from './policy.ts'
import type { Reference } from './reference.ts'

export type SignalWeights = {
  signals: { signal: SignalId; weight: number; measures: Measure[] }[]
  /** A signal's weight, evenly over its measures. */
  ofMeasure: (measure: Measure) => number
}

/**
 * Weights of the signals that had exposure before the release, summing to 1. What the release itself
 * sends never changes them; without a reference only errors can be compared.
 */
export function signalWeights(reference: Reference | null, policy: Policy): SignalWeights {
  const usable =
    reference === null
      ? (['errors'] as const)
      : measures.filter((measure) => reference.measures[measure].pooled.requests > 0)
  const bySignal = Map.groupBy(usable, signalOf)
  const total = [...bySignal.keys()].reduce((sum, signal) => sum + policy.weights[signal], 0)
  const signals = [...bySignal].map(([signal, ofSignal]) => {
    // A policy may leave all the weight to signals that this service has not.
    const weight = total > 0 ? policy.weights[signal] / total : 1 / bySignal.size
    return { signal, weight, measures: [...ofSignal] }
  })
  return {
    signals,
    ofMeasure: (measure) => {
      const own = signals.find(({ signal }) => signal === signalOf(measure))
      return own?.measures.includes(measure) ? own.weight / own.measures.length : 0
    },
  }
}
