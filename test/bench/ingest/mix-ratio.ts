import type { RequestFacts } from '../workload/facts.ts'

/**
 * A mix's rate beside that of a machine which does one kind after the other, each as fast as alone:
 * 1 means that they do not disturb each other.
 */
export function mixRatio(
  mixedPerSecond: number,
  requests: readonly Pick<RequestFacts, 'kind' | 'items'>[],
  alonePerSecond: Readonly<Record<RequestFacts['kind'], number>>,
): number {
  const items = requests.reduce((sum, request) => sum + request.items, 0)
  const secondsAlone = requests.reduce(
    (sum, request) => sum + request.items / alonePerSecond[request.kind],
    0,
  )
  return mixedPerSecond / (items / secondsAlone)
}
