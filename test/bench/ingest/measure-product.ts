import { startCollector, type RunningCollector } from '../../harness/collector.ts'
import { until } from '../../harness/until.ts'
import type { LoadReport } from '../load/load-plan.ts'
import { runLoad } from '../load/run-load.ts'
import { readCpuMs, readMemoryMb } from '../process-usage.ts'
import { requestsFor, type RequestPool } from '../workload/request-pool.ts'
import { WARM_UP_SHARE, type ProductRun } from './ingest-run.ts'
import { settle } from './settle.ts'
import { countSpans, expectedTotals, type TotalsByRelease } from './totals.ts'
import { verifyStored } from './verify.ts'

type Input = { pool: RequestPool; spans: number; connections: number; signal: AbortSignal }

const SEND_MS_MAX = 40_000
const DRAIN_MS_MAX = 60_000

/** A whole Aftermath in an empty directory under load, from the socket to what SQL reads. */
export async function measureProduct({
  pool,
  spans,
  connections,
  signal,
}: Input): Promise<ProductRun> {
  // As the launcher starts it: journal flushes must not queue behind inflating.
  await using collector = await startCollector({ UV_THREADPOOL_SIZE: '16' })
  const { pids, ingest } = collector.run
  const send = (first: number, count: number) =>
    runLoad(
      {
        url: ingest,
        file: pool.file,
        encoding: pool.encoding,
        first,
        count,
        connections,
        timeoutMs: SEND_MS_MAX,
      },
      signal,
    )
  const warmUpCount = requestsFor(pool.requests, 0, spans * WARM_UP_SHARE)
  const warmUp = await send(0, warmUpCount)
  await visible(collector, expectedTotals(pool.requests, warmUp.acknowledged))
  await settle(collector.enginePid, signal)

  const cpuBefore = { collector: readCpuMs(pids.collector), engine: readCpuMs(collector.enginePid) }
  const load = await send(warmUpCount, requestsFor(pool.requests, warmUpCount, spans))
  const expected = expectedTotals(pool.requests, sum(warmUp, load))
  const drainStartMs = performance.now()
  await visible(collector, expected)
  const drainMs = performance.now() - drainStartMs
  await settle(collector.enginePid, signal)

  return {
    spans: countSpans(expectedTotals(pool.requests, load.acknowledged)),
    windowMs: load.elapsedMs + drainMs,
    sendMs: load.elapsedMs,
    ackMs: load.ackMs,
    refused: load.refused,
    cpuMs: {
      load: load.cpuMs,
      collector: readCpuMs(pids.collector) - cpuBefore.collector,
      engine: readCpuMs(collector.enginePid) - cpuBefore.engine,
    },
    peakMemoryMb: {
      collector: readMemoryMb(pids.collector).peak,
      engine: readMemoryMb(collector.enginePid).peak,
    },
    failures: await verifyStored((query) => collector.sql(query), expected),
  }
}

/** Resolves when SQL sees as many spans as were acknowledged, or more. */
async function visible(collector: RunningCollector, expected: TotalsByRelease): Promise<void> {
  const spans = countSpans(expected)
  const arrived = async () => {
    const [[count] = []] = await collector.sql('SELECT count() FROM otel_traces')
    return Number(count) >= spans ? true : undefined
  }
  await until(`all ${spans} spans that were acknowledged can be read`, arrived, DRAIN_MS_MAX)
}

function sum(one: LoadReport, other: LoadReport): number[] {
  return one.acknowledged.map((times, index) => times + (other.acknowledged[index] ?? 0))
}
