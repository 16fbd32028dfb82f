import { openStand } from '../stand.ts'
import type { RequestPool } from '../workload/request-pool.ts'
import { WARM_UP_SHARE, type ProductRun } from './ingest-run.ts'

type Input = {
  pool: RequestPool
  items: number
  connections: number
  /** See `LoadPlan`; both sides of a pair send the same bytes, so there it is false. */
  isPatched: boolean
  signal: AbortSignal
}

/** A whole Aftermath in an empty directory under load, from the socket to what SQL reads. */
export async function measureProduct(input: Input): Promise<ProductRun> {
  const { pool, items, signal, connections, isPatched } = input
  await using stand = await openStand(signal)
  await stand.sendAll(pool, items * WARM_UP_SHARE, { connections, isPatched })
  await stand.visible()
  await stand.settled()

  const before = stand.usage()
  const load = await stand.sendAll(pool, items, { connections, isPatched })
  const drainStartMs = performance.now()
  await stand.visible()
  const drainMs = performance.now() - drainStartMs
  await stand.settled()
  const after = stand.usage()
  const memory = stand.memory()
  return {
    items: load.items,
    windowMs: load.elapsedMs + drainMs,
    sendMs: load.elapsedMs,
    latenciesMs: load.latenciesMs,
    refused: load.refused,
    cpuMs: {
      load: load.cpuMs,
      collector: after.collectorMs - before.collectorMs,
      engine: after.engineMs - before.engineMs,
    },
    peakMemoryMb: { collector: memory.collectorMb.peak, engine: memory.engineMb.peak },
    failures: await stand.failures(),
  }
}
