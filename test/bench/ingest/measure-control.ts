import { joinBlocks } from '../join-blocks.ts'
import { openRawEngine } from '../raw-engine.ts'
import { countItems, type Sent } from '../verify/expected.ts'
import { verifyStored } from '../verify/verify.ts'
import { requestsFor, type RequestPool } from '../workload/request-pool.ts'
import { WARM_UP_SHARE, type IngestRun } from './ingest-run.ts'

type Input = {
  pool: RequestPool
  /** The pool's requests as the journal keeps them. */
  stored: readonly Buffer[]
  items: number
  /** Statements that change the tables before anything is written. */
  prepare?: readonly string[]
  signal: AbortSignal
}

/**
 * What the engine alone can do with the same work: the same bytes, already inflated, checked and
 * joined, posted with the same statements into the same tables and views of an engine of its own.
 * No socket to senders, no journal, no counting: the most that is possible here.
 */
export async function measureControl(input: Input): Promise<IngestRun> {
  const { pool, stored, items, prepare = [], signal } = input
  await using engine = await openRawEngine(signal)
  for (const statement of prepare) await engine.command(statement)
  const requests = stored.map((bytes, index) => ({ bytes, items: pool.requests[index]!.items }))
  const warmUpCount = requestsFor(requests, 0, items * WARM_UP_SHARE)
  await engine.post('traces', joinBlocks(requests, 0, warmUpCount))
  await engine.settled()

  const count = requestsFor(requests, warmUpCount, items)
  const blocks = joinBlocks(requests, warmUpCount, count)
  const engineBeforeMs = engine.cpuMs()
  const loadBefore = process.cpuUsage()
  const startedMs = performance.now()
  await engine.post('traces', blocks)
  const windowMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(loadBefore)
  await engine.settled()

  const sent: Sent = {
    requests: pool.requests,
    acknowledged: Array.from({ length: warmUpCount + count }, (_, number) => number),
    unknown: [],
    isPatched: false,
  }
  return {
    items: countItems([{ ...sent, acknowledged: sent.acknowledged.slice(warmUpCount) }]),
    windowMs,
    cpuMs: {
      load: (user + system) / 1000,
      collector: 0,
      engine: engine.cpuMs() - engineBeforeMs,
    },
    peakMemoryMb: { collector: 0, engine: engine.peakMemoryMb() },
    // Without its views the roll-up is empty, and that is what was asked for.
    failures: prepare.length > 0 ? [] : await verifyStored((query) => engine.rows(query), [sent]),
  }
}
