import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, BenchContext } from './bench.ts'
import { judge, type Result, type RowId } from './budget.ts'
import { joinBlocks } from './join-blocks.ts'
import { median } from './quantile.ts'
import { openRawEngine } from './raw-engine.ts'
import { fixedCost, slopeOf, type Point } from './slope.ts'
import { openStand, type Stand } from './stand.ts'
import { openRequestPool, type RequestPool } from './workload/request-pool.ts'
import type { Workload } from './workload/workload.ts'

const ITEMS = { full: 1_000_000, quick: 150_000 }
const DAY_SPANS = 2000
const DAYS = [1, 30, 365]
const DAYS_AT_ONCE = 50 // partitions of one insert
const REQUEST_SIZES = [
  { spans: 1, full: 60_000, quick: 20_000 },
  { spans: 10, full: 40_000, quick: 10_000 },
  { spans: 100, full: 10_000, quick: 3000 },
  { spans: 1000, full: 2000, quick: 500 },
]
const SENDERS = 16
const CONNECTIONS = [SENDERS, 2000]

interface Law {
  id: RowId
  what: string
  points: readonly { size: number; workload: Partial<Workload> }[]
}

const LAWS: readonly Law[] = [
  {
    id: 'S1',
    what: 'services',
    points: [10, 100, 1000].map((services) => ({ size: services, workload: { services } })),
  },
  {
    id: 'S2',
    what: 'operations of a service',
    // Three services, so that most of the operations occur.
    points: [10, 1000, 30_000].map((operations) => ({
      size: operations,
      workload: { services: 3, operations },
    })),
  },
  {
    id: 'S3',
    what: 'live versions of a service',
    points: [2, 10, 50].map((versions) => ({ size: versions, workload: { versions } })),
  },
  {
    id: 'S4',
    what: 'keys of attributes',
    points: [20, 200, 2000].map((keys) => ({ size: keys, workload: { keys } })),
  },
]

/** How cost grows with what a fleet may have more of. */
export const scale: Bench = {
  summary: 'how cost grows with services, operations, versions, keys, days, sizes and connections',
  rows: ['S1', 'S2', 'S3', 'S4', 'S5', 'S7', 'S8.rate', 'S8.memory'],
  async run(context) {
    const results: Result[] = []
    const failures: string[] = []
    const details: Record<string, unknown> = {}
    for (const { id, what, points } of LAWS) {
      const measured: Point[] = []
      for (const { size, workload } of points) {
        const pool = await poolOf(context, workload)
        await using stand = await openStand(context.signal)
        measured.push({ size, cost: await costPerSpan(context, stand, pool) })
        failures.push(...(await stand.failures()))
      }
      context.say(`  ${id}, ${what}: ${describePoints(measured)}`)
      results.push(judge(id, slopeOf(measured), [slopeOf(measured)]))
      details[id] = measured
    }
    for (const measure of [measureDays, measureRequestSizes, measureConnections]) {
      const part = await measure(context)
      results.push(...part.results)
      failures.push(...part.failures)
      Object.assign(details, part.details)
    }
    return { results, failures, details }
  },
}

function poolOf(
  { options, size }: BenchContext,
  workload: Partial<Workload>,
): Promise<RequestPool> {
  const items = Math.round(Math.max(10_000, size(ITEMS.full, ITEMS.quick)))
  return openRequestPool({ seed: options.seed, items, encoding: 'identity', ...workload })
}

/** CPU of collector and engine, merges included, in µs. */
async function costPerSpan(
  { size }: BenchContext,
  stand: Stand,
  pool: RequestPool,
): Promise<number> {
  const items = size(ITEMS.full, ITEMS.quick)
  await stand.sendAll(pool, items * 0.2)
  await stand.visible()
  await stand.settled()
  const before = stand.usage()
  const load = await stand.sendAll(pool, items)
  await stand.visible()
  await stand.settled()
  const after = stand.usage()
  const cpuMs = after.collectorMs - before.collectorMs + after.engineMs - before.engineMs
  return (cpuMs / load.items) * 1000
}

/** S5: the days lie in the tables before the collector starts on them. */
async function measureDays(context: BenchContext) {
  const pool = await poolOf(context, {})
  const measured: Point[] = []
  const failures: string[] = []
  for (const days of DAYS) {
    const dataDir = await mkdtemp(join(tmpdir(), 'aftermath-bench-days-'))
    await storeDays(context, dataDir, days)
    await using stand = await openStand(context.signal, {}, dataDir)
    measured.push({ size: days, cost: await costPerSpan(context, stand, pool) })
  }
  context.say(`  S5, stored days: ${describePoints(measured)}`)
  const slope = slopeOf(measured)
  return { results: [judge('S5', slope, [slope])], failures, details: { S5: measured } }
}

/** Some spans for each of so many days, through the real tables and views. */
export async function storeDays(
  { options, signal }: BenchContext,
  dataDir: string,
  days: number,
): Promise<void> {
  const pool = await openRequestPool({ seed: options.seed, items: DAY_SPANS, encoding: 'identity' })
  await using engine = await openRawEngine(signal, join(dataDir, 'clickhouse'))
  const requests = (await pool.readStored()).map((bytes, index) => ({
    bytes,
    items: pool.requests[index]!.items, // the pool lists every request
  }))
  await engine.post('traces', joinBlocks(requests, 0, requests.length))
  // Batch 0 of the shifted copies is nobody's.
  for (let first = 1; first < days; first += DAYS_AT_ONCE) {
    await engine.command(`INSERT INTO otel_traces
      SELECT * REPLACE (
        Timestamp - toIntervalDay(arrayJoin(range(${first}, ${Math.min(days, first + DAYS_AT_ONCE)}))) AS Timestamp,
        toUInt64(0) AS _batch)
      FROM otel_traces WHERE Timestamp > now() - INTERVAL 12 HOUR`)
  }
  await engine.settled()
}

/** S7: what a request costs before its first span. */
async function measureRequestSizes(context: BenchContext) {
  const { options, size, signal, say } = context
  const measured: Point[] = []
  await using stand = await openStand(signal)
  for (const { spans: requestItems, full, quick } of REQUEST_SIZES) {
    const pool = await openRequestPool({
      seed: options.seed + requestItems, // or spans of two pools would have the same ids
      items: requestItems * 1000,
      requestItems,
      encoding: 'identity',
    })
    const count = Math.ceil(size(full, quick))
    await stand.sendAll(pool, requestItems * 50, { connections: SENDERS })
    await stand.visible()
    const beforeMs = stand.usage().collectorMs
    const load = await stand.sendAll(pool, requestItems * count, { connections: SENDERS })
    await stand.visible()
    const cpuMs = stand.usage().collectorMs - beforeMs
    measured.push({ size: requestItems, cost: (cpuMs / load.acknowledged.length) * 1000 })
  }
  say(`  S7, spans of a request: ${describePoints(measured)}`)
  const fixed = fixedCost(measured)
  return {
    results: [judge('S7', fixed, [fixed])],
    failures: await stand.failures(),
    details: { S7: measured },
  }
}

/** S8: connections that are open and have sent something, beside the senders. */
async function measureConnections(context: BenchContext) {
  const { size, signal, say } = context
  const pool = await poolOf(context, {})
  await using stand = await openStand(signal)
  await stand.sendAll(pool, size(ITEMS.full, ITEMS.quick) * 0.5)
  const measured: { connections: number; spansPerSecond: number }[] = []
  for (const connections of [...CONNECTIONS, ...CONNECTIONS.toReversed()]) {
    await stand.visible()
    await stand.settled()
    const load = await stand.sendAll(pool, size(ITEMS.full, ITEMS.quick), {
      connections: SENDERS,
      idleConnections: connections - SENDERS,
    })
    const drainStartMs = performance.now()
    await stand.visible()
    const windowMs = load.elapsedMs + performance.now() - drainStartMs
    measured.push({ connections, spansPerSecond: (load.items / windowMs) * 1000 })
  }
  const rates = CONNECTIONS.map((connections) =>
    median(
      measured
        .filter((one) => one.connections === connections)
        .map(({ spansPerSecond }) => spansPerSecond),
    ),
  )
  const ratio = rates[1]! / rates[0]! // one of each number of connections
  await stand.settled()
  const kilobytes = await memoryPerConnection(stand, Math.max(...CONNECTIONS))
  say(
    `  S8, connections: ${CONNECTIONS.map((connections, at) => `${connections}: ${Math.round(rates[at]!)} spans/s`).join(', ')}; ${kilobytes.toFixed(1)} KB each`,
  )
  return {
    results: [judge('S8.rate', ratio, [ratio]), judge('S8.memory', kilobytes, [kilobytes])],
    failures: await stand.failures(),
    details: { S8: measured },
  }
}

async function memoryPerConnection(stand: Stand, connections: number): Promise<number> {
  const { hostname, port } = new URL(stand.collector.run.ingest)
  const beforeMb = stand.memory().collectorMb.now
  const sockets: Socket[] = []
  try {
    for (let nth = 0; nth < connections; nth++) {
      const socket = connect(Number(port), hostname)
      sockets.push(socket)
      socket.write(`GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
      await once(socket, 'data')
    }
    return Math.max(0, ((stand.memory().collectorMb.now - beforeMb) * 1000) / connections)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

const describePoints = (points: readonly Point[]) =>
  points.map(({ size, cost }) => `${size}: ${cost.toFixed(1)} µs`).join(', ')
