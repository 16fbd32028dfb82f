import { setTimeout } from 'node:timers/promises'
import { startCollector, type RunningCollector } from '../harness/collector.ts'
import type { LoadInput, LoadReport } from './load/load-plan.ts'
import { runLoad } from './load/run-load.ts'
import { readCpuMs, readMemoryMb } from './process-usage.ts'
import { settle } from './settle.ts'
import { countItems, type Sent } from './verify/expected.ts'
import { verifyStored } from './verify/verify.ts'
import { requestsFor, type RequestPool } from './workload/request-pool.ts'

/** A whole Aftermath in an empty directory, loads on it, and the account of what they brought. */
export interface Stand extends AsyncDisposable {
  readonly collector: RunningCollector
  /** Acknowledged so far, in all loads. */
  items: () => number
  /** As fast as the answers come. */
  sendAll: (pool: RequestPool, items: number, more?: Partial<LoadInput>) => Promise<Load>
  /** Due by the clock. */
  sendAt: (
    pool: RequestPool,
    itemsPerSecond: number,
    seconds: number,
    more?: Partial<LoadInput>,
  ) => Promise<Load>
  /** Resolves when SQL sees as many items as were acknowledged. */
  visible: (timeoutMs?: number) => Promise<void>
  /** Resolves when the engine has made its merges. */
  settled: () => Promise<void>
  usage: () => { collectorMs: number; engineMs: number }
  memory: () => { collectorMb: Memory; engineMb: Memory }
  /** A sentence for each difference between what was acknowledged and what is stored. */
  failures: () => Promise<string[]>
}

type Memory = ReturnType<typeof readMemoryMb>

export interface Load extends LoadReport {
  /** Acknowledged. */
  items: number
  /** Number of its first request. */
  first: number
}

const SEND_MS_MAX = 60_000
const DRAIN_MS_MAX = 120_000
const CONNECTIONS = 16
// A view's rows may be read a moment after those it follows from.
const VIEWS_MS_MAX = 10_000

const TABLES = {
  traces: ['otel_traces'],
  logs: ['otel_logs'],
  metrics: ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map(
    (kind) => `otel_metrics_${kind}`,
  ),
}

export async function openStand(
  signal: AbortSignal,
  environment: Record<string, string> = {},
  dataDir?: string,
): Promise<Stand> {
  const collector = await startCollector(environment, dataDir)
  const sent: Sent[] = []
  let nextNumber = 0

  async function send(pool: RequestPool, plan: LoadInput): Promise<Load> {
    const report = await runLoad(plan, signal)
    nextNumber = report.next
    const load: Sent = {
      requests: pool.requests,
      acknowledged: report.acknowledged,
      unknown: report.unknown,
      isPatched: plan.isPatched === true,
    }
    sent.push(load)
    return { ...report, items: countItems([load]), first: plan.first }
  }

  const planOf = (pool: RequestPool) => ({
    url: collector.run.ingest,
    dir: pool.dir,
    encoding: pool.encoding,
    first: nextNumber,
    connections: CONNECTIONS,
    isPatched: pool.encoding === 'identity',
  })

  return {
    collector,
    items: () => countItems(sent),
    sendAll(pool, items, more = {}) {
      const count = requestsFor(pool.requests, nextNumber, items)
      const plan = { ...planOf(pool), ...more, loop: 'closed', count, timeoutMs: SEND_MS_MAX }
      return send(pool, plan as LoadInput) // `more` changes what both loops have
    },
    sendAt(pool, itemsPerSecond, seconds, more = {}) {
      const plan = {
        ...planOf(pool),
        connections: 64,
        ...more,
        loop: 'open',
        itemsPerSecond,
        seconds,
      }
      return send(pool, plan as LoadInput) // as above
    },
    async visible(timeoutMs = DRAIN_MS_MAX) {
      const items = countItems(sent)
      const tables = new Set(
        sent.flatMap(({ requests }) => requests.flatMap(({ kind }) => TABLES[kind])),
      )
      const counts = [...tables].map((table) => `(SELECT count() FROM ${table})`).join(' + ')
      await untilRows(
        items,
        async () => {
          const [[count] = []] = await ask(collector, `SELECT ${counts}`)
          return Number(count)
        },
        timeoutMs,
      )
    },
    settled: () => settle(collector.enginePid, signal),
    usage: () => ({
      collectorMs: readCpuMs(collector.run.pids.collector),
      engineMs: readCpuMs(collector.enginePid),
    }),
    memory: () => ({
      collectorMb: readMemoryMb(collector.run.pids.collector),
      engineMb: readMemoryMb(collector.enginePid),
    }),
    failures: () =>
      verifyWithin(VIEWS_MS_MAX, () => verifyStored((query) => ask(collector, query), sent)),
    [Symbol.asyncDispose]: () => collector[Symbol.asyncDispose](),
  }
}

async function verifyWithin(timeoutMs: number, verify: () => Promise<string[]>): Promise<string[]> {
  const untilMs = performance.now() + timeoutMs
  for (;;) {
    const failures = await verify()
    if (failures.length === 0 || performance.now() > untilMs) return failures
    await setTimeout(500)
  }
}

const LOOK_MS = { first: 100, least: 25, most: 500 }

/** Looks seldom while much is missing, as each look costs CPU that is measured, and often in the end. */
async function untilRows(
  rows: number,
  count: () => Promise<number>,
  timeoutMs: number,
): Promise<void> {
  const startedMs = performance.now()
  const before = await count()
  let seen = before
  for (let waitMs = LOOK_MS.first; seen < rows;) {
    const elapsedMs = performance.now() - startedMs
    if (elapsedMs > timeoutMs) {
      throw new Error(`Waited ${timeoutMs} ms in vain for ${rows} rows: there are ${seen}.`)
    }
    await setTimeout(waitMs)
    seen = await count()
    const perMs = (seen - before) / (performance.now() - startedMs)
    const leftMs = perMs > 0 ? (rows - seen) / perMs : LOOK_MS.first * 3
    waitMs = Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, leftMs / 3))
  }
}

const BUSY_MS_MAX = 60_000

/** SQL of people has to wait while there is too much telemetry, and so does what is read here. */
export async function ask(collector: RunningCollector, query: string): Promise<unknown[][]> {
  const untilMs = performance.now() + BUSY_MS_MAX
  for (;;) {
    try {
      return await collector.sql(query)
    } catch (error) {
      const isBusy = error instanceof Error && error.message.includes('answered 429')
      if (!isBusy || performance.now() > untilMs) throw error
      await setTimeout(LOOK_MS.first)
    }
  }
}
