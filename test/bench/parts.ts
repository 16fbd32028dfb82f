import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { crc32, gunzipSync, gzipSync } from 'node:zlib'
import { startCollector } from '../harness/collector.ts'
import { until } from '../harness/until.ts'
import { allocatedMb } from './allocations.ts'
import type { Bench, BenchContext, Outcome } from './bench.ts'
import { judge } from './budget.ts'
import { itemsPerSecond } from './ingest/ingest-run.ts'
import { measureControl } from './ingest/measure-control.ts'
import { runLoad } from './load/run-load.ts'
import { controlGoesFirst, summarisePairs, type Pair } from './pairs.ts'
import { readCpuMs } from './process-usage.ts'
import { openStand } from './stand.ts'
import { openStubEngine } from './stub-engine.ts'
import { poolFiles, readFrames } from './workload/pool-files.ts'
import { openRequestPool, requestsFor } from './workload/request-pool.ts'

const ITEMS = { full: 1_000_000, quick: 300_000 }
const HEAP_REQUEST_SPANS = 100
const HEAP_REQUESTS = 3000
const TRACE_GC = fileURLToPath(new URL('trace-gc.mjs', import.meta.url))
const DIST = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

/** Parts of the whole, each beside the least it could cost. */
export const parts: Bench = {
  summary: 'what views, the collector alone, its heap and the dashboard cost',
  rows: ['C2', 'C3.rate', 'C3.ratio', 'C6.heap', 'C6.bundle'],
  async run(context) {
    const all: Outcome[] = [
      await measureViews(context),
      await measureCollector(context),
      await measureHeap(context),
      await measureBundle(context),
    ]
    return {
      results: all.flatMap(({ results }) => results),
      failures: all.flatMap(({ failures }) => failures),
      control: Object.assign({}, ...all.map(({ control }) => control)),
      details: Object.assign({}, ...all.map(({ details }) => details)),
    }
  },
}

/** C2: the same inserts into tables whose views were dropped. */
export async function measureViews(context: BenchContext): Promise<Outcome> {
  const { options, size, times, say, signal } = context
  const items = size(ITEMS.full, ITEMS.quick)
  const pool = await openRequestPool({
    seed: options.seed,
    items: Math.round(items),
    encoding: 'identity',
  })
  const stored = await pool.readStored()
  const run = (prepare: readonly string[]) =>
    measureControl({ pool, stored, items, prepare, signal })
  const bare = VIEWS.map((view) => `DROP VIEW ${view} SYNC`)
  const measured: Pair[] = []
  const failures: string[] = []
  for (let nth = 0; nth < (options.pairs ?? times(5, 3)); nth++) {
    const first = await run(controlGoesFirst(nth) ? bare : [])
    const second = await run(controlGoesFirst(nth) ? [] : bare)
    const [withViews, without] = controlGoesFirst(nth) ? [second, first] : [first, second]
    failures.push(...withViews.failures)
    measured.push({ product: itemsPerSecond(withViews), control: itemsPerSecond(without) })
  }
  const summary = summarisePairs(measured)
  say(`  the engine with views ÷ without: ${summary.median.toFixed(2)}`)
  return {
    results: [judge('C2', summary.median, summary.ratios)],
    failures,
    control: { C2: measured.map(({ control }) => control) },
    details: { views: measured },
  }
}

/** Those that a span feeds. */
const VIEWS = ['otel_traces_trace_id_ts_mv', 'operation_minutes_mv', 'release_sightings_traces_mv']

/** C3: the collector with an engine that takes everything for nothing. */
export async function measureCollector(context: BenchContext): Promise<Outcome> {
  const { options, size, say, signal } = context
  const items = size(ITEMS.full, ITEMS.quick)
  const pool = await openRequestPool({
    seed: options.seed,
    items: Math.round(items),
    encoding: 'gzip',
  })
  await using engine = await openStubEngine(signal)
  await using collector = await startCollector({
    AFTERMATH_CLICKHOUSE_URL: engine.url,
  })
  const send = async (first: number, wanted: number) => {
    const count = requestsFor(pool.requests, first, wanted)
    const rowsBefore = engine.rows()
    const { acknowledged } = await runLoad(
      {
        url: collector.run.ingest,
        dir: pool.dir,
        encoding: pool.encoding,
        first,
        connections: options.connections,
        loop: 'closed',
        count,
        timeoutMs: 60_000,
      },
      signal,
    )
    const spans = acknowledged.reduce(
      (sum, number) => sum + pool.requests[number % pool.requests.length]!.items,
      0,
    )
    await until(
      `the engine was sent ${spans} spans`,
      () => (engine.rows() - rowsBefore >= spans ? true : undefined),
      120_000,
    )
    return { spans, count }
  }
  const warmUp = await send(0, items * 0.2)
  const beforeMs = readCpuMs(collector.run.pids.collector)
  const { spans } = await send(warmUp.count, items)
  const cpuMs = readCpuMs(collector.run.pids.collector) - beforeMs
  const bareMs = await measureBare(pool.dir, pool.requests)
  const microseconds = (cpuMs / spans) * 1000
  const ratio = microseconds / bareMs
  say(
    `  the collector alone: ${microseconds.toFixed(2)} µs a span; gunzip and CRC-32 alone: ${bareMs.toFixed(2)}`,
  )
  const rate = 1e6 / microseconds
  return {
    results: [judge('C3.rate', rate, [rate]), judge('C3.ratio', ratio, [ratio])],
    failures: [],
    details: { collectorAloneUs: microseconds, bareUs: bareMs },
  }
}

/** CPU of inflating and CRC-32 of the same bytes, in µs an item. */
async function measureBare(dir: string, requests: readonly { items: number }[]): Promise<number> {
  const wire = await readFrames(poolFiles(dir).wire)
  const items = requests.reduce((sum, request) => sum + request.items, 0)
  const before = process.cpuUsage()
  for (const bytes of wire) crc32(gunzipSync(bytes))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / items
}

/** C6: what a request leaves to the garbage collector. */
export async function measureHeap({ options, say, signal }: BenchContext): Promise<Outcome> {
  const plain = await openRequestPool({
    seed: options.seed,
    items: HEAP_REQUEST_SPANS * 1000,
    requestItems: HEAP_REQUEST_SPANS,
    encoding: 'identity',
  })
  await using stand = await openStand(signal, { NODE_OPTIONS: `--import=${TRACE_GC}` })
  const launchedMs = performance.now()
  await stand.sendAll(plain, HEAP_REQUEST_SPANS * 500)
  const fromMs = performance.now() - launchedMs
  const load = await stand.sendAll(plain, HEAP_REQUEST_SPANS * HEAP_REQUESTS)
  const untilMs = performance.now() - launchedMs
  await stand.visible()
  const failures = await stand.failures()
  // V8 prints through a buffer of its own that is emptied in the end.
  const upMs = performance.now() - launchedMs
  await stand.collector.kill('SIGTERM')
  const output = stand.collector.output()
  const offsetMs = lastTime(output) - upMs
  const kilobytes =
    (allocatedMb(output, fromMs + offsetMs, untilMs + offsetMs) * 1000) / load.acknowledged.length
  say(`  heap: ${kilobytes.toFixed(1)} KB a request of ${HEAP_REQUEST_SPANS} spans`)
  return { results: [judge('C6.heap', kilobytes, [kilobytes])], failures, details: {} }
}

/** Of the last line about garbage: close to the end. */
function lastTime(output: string): number {
  const times = [...output.matchAll(/\] +(\d+) ms: /g)].map(([, ms]) => Number(ms))
  return times.at(-1) ?? 0
}

/** C6: what the first page loads before it shows anything. */
export async function measureBundle({ say }: Pick<BenchContext, 'say'>): Promise<Outcome> {
  const html = await readFile(`${DIST}/index.html`, 'utf8').catch(() => undefined)
  if (html === undefined) {
    say('  the dashboard is not built: npm run bench builds it')
    return { results: [], failures: [], details: {} }
  }
  const paths = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path]) => path!)
  let bytes = 0
  for (const path of new Set(paths)) {
    bytes += gzipSync(await readFile(`${DIST}${path}`), { level: 9 }).length
  }
  say(`  first page of the dashboard: ${(bytes / 1000).toFixed(1)} KB of JavaScript`)
  return { results: [judge('C6.bundle', bytes / 1000, [bytes / 1000])], failures: [], details: {} }
}
