import { message, text, varint } from '../../../packages/otlp/test/encode.ts'
import { BackwardWriter } from './backward-writer.ts'
import { drawSize, pick, randomId } from './draw.ts'
import type { BlockFacts } from './facts.ts'
import { attributesOf, type Attribute } from './pieces.ts'
import type { Release, Service, Topology } from './topology.ts'
import { drawRelease, type RequestGenerator } from './trace-requests.ts'
import type { Workload } from './workload.ts'

type PointKind = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary'

interface Metric {
  kind: PointKind
  /** Encoded name, description and unit. */
  head: Uint8Array
}

// Twenty metrics of two or three series each on 200 instances are some 10,000 series.
const KINDS: readonly PointKind[] = [
  ...Array.from({ length: 6 }, () => 'gauge' as const),
  ...Array.from({ length: 8 }, () => 'sum' as const),
  ...Array.from({ length: 5 }, () => 'histogram' as const),
  'exponential_histogram',
]
const SUMMARY_SHARE = 0.2 // of the services that have no exponential histogram
const EXEMPLAR_SHARE = 0.02
const BUCKETS = 15
const SERIES = 10_000
/** Of what is left, by bucket. */
const SHARES = [0.01, 0.03, 0.08, 0.2, 0.3, 0.4, 0.4, 0.4, 0.5, 0.5, 0.5, 0.6, 0.6, 0.6]
const RECENT_MS = 60_000
const START_AGE_MS = 600_000
const FIELDS = { gauge: 5, sum: 7, histogram: 9, exponential_histogram: 10, summary: 11 } as const
const ATTRIBUTES_FIELDS = {
  gauge: 7,
  sum: 7,
  histogram: 9,
  exponential_histogram: 1,
  summary: 7,
} as const

const scope = message(1, text(1, 'app.meter'), text(2, '1.0.0'))
const monotonicCumulative = Buffer.concat([varint(2, 2), varint(3, 1)])
const cumulative = varint(2, 2)
const bounds = Buffer.concat(
  Array.from({ length: BUCKETS - 1 }, (_, nth) => {
    const bound = Buffer.alloc(8)
    bound.writeDoubleLE(2 ** nth)
    return bound
  }),
)

/** Points of all five kinds; each request holds whole exports of some instances. */
export function metricGenerator(
  random: () => number,
  topology: Topology,
  { requestItems }: Workload,
  nowMs: number,
): RequestGenerator {
  const writer = new BackwardWriter()
  const metrics = KINDS.map((kind, nth) => createMetric(kind, nth))
  const summary = createMetric('summary', KINDS.length)
  let points = 0

  return {
    next(nth, progress) {
      const wanted = requestItems ?? drawSize(random)
      const blocks: BlockFacts[] = []
      let made = 0
      while (made < wanted) {
        const service = pick(random, topology.services)
        const release = drawRelease(random, service, progress)
        const added = writeResource(service, release, Math.min(50, wanted - made), nth)
        made += added.reduce((sum, { items }) => sum + items, 0)
        blocks.push(...added)
      }
      return { kind: 'metrics', items: made, blocks, samples: [], ...writer.take() }
    },
  }

  function writeResource(
    service: Service,
    release: Release,
    wanted: number,
    mark: number,
  ): BlockFacts[] {
    const byKind = new Map<PointKind, BlockFacts>()
    const ageMs = Math.floor(random() * RECENT_MS) // an export has one time
    const blockEnd = writer.mark()
    const first = Math.floor(random() * metrics.length)
    for (let left = wanted, nth = first; left > 0; nth++) {
      const usual = metrics[nth % metrics.length]!
      const isSummary = usual.kind === 'exponential_histogram' && random() < SUMMARY_SHARE
      const metric = isSummary ? summary : usual
      const series = Math.min(left, 2 + (nth % 2))
      left -= series
      const facts = byKind.get(metric.kind) ?? noFacts(metric.kind, service, release)
      byKind.set(metric.kind, facts)
      writeMetric(metric, series, { ageMs, mark }, facts)
    }
    writer.put(scope)
    writer.close(2, blockEnd)
    writer.put(pick(random, release.instances).bytes)
    writer.close(1, blockEnd)
    return [...byKind.values()]
  }

  type Export = { ageMs: number; mark: number }

  function writeMetric(
    { kind, head }: Metric,
    series: number,
    { ageMs, mark }: Export,
    facts: BlockFacts,
  ): void {
    const metricEnd = writer.mark()
    if (kind === 'sum') writer.put(monotonicCumulative)
    if (kind === 'histogram' || kind === 'exponential_histogram') writer.put(cumulative)
    for (let nth = 0; nth < series; nth++) {
      const value = drawValue(random, kind, points++)
      const end = writer.mark()
      writePoint(kind, { value, ageMs, mark, attributes: seriesOf(kind, nth) })
      writer.close(1, end)
      facts.items++
      facts.sum += value
    }
    writer.close(FIELDS[kind], metricEnd)
    writer.put(head)
    writer.close(2, metricEnd)
  }

  type Point = { value: number; ageMs: number; mark: number; attributes: readonly Attribute[] }

  /** Fields in reverse order. */
  function writePoint(kind: PointKind, { value, ageMs, mark, attributes }: Point): void {
    const times = () => {
      writer.time(3, { nowMs, mark }, ageMs, 0)
      writer.time(2, { nowMs, mark: 0 }, START_AGE_MS, 0)
    }
    const putAttributes = () => attributes.forEach(({ bytes }) => writer.put(bytes))
    switch (kind) {
      case 'gauge':
      case 'sum':
        putAttributes()
        writer.double(4, value)
        times()
        return
      case 'histogram':
        writer.double(12, 9000)
        writer.double(11, 0.5)
        putAttributes()
        if (random() < EXEMPLAR_SHARE) writeExemplar(8, ageMs, mark)
        writer.bytesField(7, bounds)
        writer.bytesField(6, countsOf(value))
        writer.double(5, value * 12.5)
        writer.fixed64(4, value)
        times()
        return
      case 'exponential_histogram': {
        const bucketsEnd = writer.mark()
        const countsEnd = writer.mark()
        for (let left = 8; left > 0; left--) writer.varint(Math.floor(value / 8))
        writer.close(2, countsEnd)
        writer.put(varint(1, 6)) // zigzag: 3
        writer.close(8, bucketsEnd)
        writer.fixed64(7, value % 8)
        writer.put(varint(6, 4)) // zigzag: 2
        writer.double(5, value * 12.5)
        writer.fixed64(4, value)
        times()
        putAttributes()
        return
      }
      case 'summary': {
        putAttributes()
        for (const quantile of [0.99, 0.5]) {
          const end = writer.mark()
          writer.double(2, value / 10)
          writer.double(1, quantile)
          writer.close(6, end)
        }
        writer.double(5, value * 12.5)
        writer.fixed64(4, value)
        times()
      }
    }
  }

  function writeExemplar(field: number, ageMs: number, mark: number): void {
    const end = writer.mark()
    writer.id(5, randomId(random, 8))
    writer.id(4, randomId(random, 16))
    writer.double(3, 17)
    writer.time(2, { nowMs, mark }, ageMs, 0)
    writer.close(field, end)
  }
}

const methods = ['GET', 'POST', 'PUT']
const seriesByKind = new Map<PointKind, Attribute[][]>()

/** Attributes of a series: the field's number depends on the kind of point. */
function seriesOf(kind: PointKind, nth: number): readonly Attribute[] {
  const known = seriesByKind.get(kind)
  if (known !== undefined) return known[nth]!
  const on = attributesOf(ATTRIBUTES_FIELDS[kind])
  const made = methods.map((method, index) => [
    on.text('http.request.method', method),
    on.text('http.route', `/orders/{id}/part${index}`),
    on.int('http.response.status_code', 200 + index),
  ])
  seriesByKind.set(kind, made)
  return made[nth]!
}

function createMetric(kind: PointKind, nth: number): Metric {
  return {
    kind,
    head: Buffer.concat([
      text(1, `app.${kind}.m${nth}`),
      text(2, `What the ${kind} ${nth} of the shop says.`),
      text(3, kind === 'gauge' ? 'By' : 'ms'),
    ]),
  }
}

/** Gauges stay about where they were, all else has grown since the start. */
function drawValue(random: () => number, kind: PointKind, points: number): number {
  if (kind === 'gauge') return 5000 + Math.floor(random() * 500)
  return 1000 + Math.floor(points / SERIES) * 60 + Math.floor(random() * 60)
}

/** Most of the values lie in the middle. */
function countsOf(total: number): Buffer {
  const counts = Buffer.alloc(8 * BUCKETS)
  let left = total
  for (let nth = 0; nth < BUCKETS; nth++) {
    const count = nth === BUCKETS - 1 ? left : Math.floor(left * SHARES[nth]!)
    left -= count
    counts.writeUInt32LE(count, 8 * nth)
  }
  return counts
}

function noFacts(kind: PointKind, service: Service, release: Release): BlockFacts {
  return {
    table: `otel_metrics_${kind}`,
    service: service.name,
    version: release.version,
    items: 0,
    errors: 0,
    sum: 0,
    checksum: 0,
    rolledUp: 0,
    rolledUpErrors: 0,
  }
}
