import { seededRandom } from '../../harness/random.ts'
import type { GeneratedRequest } from './facts.ts'
import { logGenerator } from './log-requests.ts'
import { metricGenerator } from './metric-requests.ts'
import { createTopology } from './topology.ts'
import { traceGenerator } from './trace-requests.ts'
import type { Workload } from './workload.ts'

/** Of all items of a mix; errors are among the spans. */
const MIX = { traces: 0.72, logs: 0.2, metrics: 0.08 }

/** The same arguments give the same requests. Their times lie before `nowMs`. */
export function* generateRequests(workload: Workload, nowMs: number): Generator<GeneratedRequest> {
  const random = seededRandom(workload.seed)
  const topology = createTopology(random, workload)
  const generators = {
    traces: traceGenerator(random, topology, workload, nowMs),
    logs: logGenerator(random, topology, workload, nowMs),
    metrics: metricGenerator(random, topology, workload, nowMs),
  }
  const made = { traces: 0, logs: 0, metrics: 0 }
  for (let items = 0, nth = 0; items < workload.items; nth++) {
    const kind = workload.kind === 'mix' ? farthestBehind(made, items) : workload.kind
    const request = generators[kind].next(nth, items / workload.items)
    made[kind] += request.items
    items += request.items
    yield request
  }
}

function farthestBehind(made: Record<keyof typeof MIX, number>, items: number): keyof typeof MIX {
  const lag = (kind: keyof typeof MIX) => MIX[kind] * items - made[kind]
  return (Object.keys(MIX) as (keyof typeof MIX)[]).reduce((most, kind) =>
    lag(kind) > lag(most) ? kind : most,
  )
}
