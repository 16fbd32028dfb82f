import { crc32 } from 'node:zlib'
import { message, text, varint } from '../../../packages/otlp/test/encode.ts'
import { BackwardWriter } from './backward-writer.ts'
import { drawEarly, drawSize, normal, pick, pickEarly, randomId, uniqueIds } from './draw.ts'
import type { BlockFacts, GeneratedRequest, Sample } from './facts.ts'
import { attributesOf, mapText } from './pieces.ts'
import {
  spanKinds,
  type Operation,
  type Release,
  type Resource,
  type Service,
  type SpanShape,
  type Topology,
} from './topology.ts'
import type { Workload } from './workload.ts'

const ERROR_SHARE = 0.015
const EXCEPTION_SHARE = 0.6 // of errors
const OTHER_EVENT_SHARE = 0.05
const LINK_SHARE = 0.02
const LATE_SHARE = 0.01
const HUGE_SHARE = 0.0007 // of spans: one value in ten thousand
const SAMPLE_SHARE = 0.001
const SLOW_SHARE = 0.02 // of spans that take another path through the code
const SIGMA = 1.2 // of the durations' logarithm
const OPEN_TRACES = 16
const TRACE_SPANS_MEDIAN = 8
const TRACE_SPANS_MAX = 300
const LONG_TRACE_SHARE = 0.0001
const LONG_TRACE_SPANS = 10_000
const RECENT_MS = 60_000
const LATE_MS = 3_600_000

const scope = message(1, text(1, '@opentelemetry/instrumentation-http'), text(2, '0.301.0'))
const failedStatus = message(15, text(2, 'it failed'), varint(3, 2))
const uniqueKey = attributesOf(9).text('app.request.id', '0'.repeat(24))
const UNIQUE_HEAD = uniqueKey.bytes.subarray(0, -24)

/** A trace that is still going on: its next spans come from wherever. */
interface OpenTrace {
  id: Buffer
  left: number
  lastSpan: Buffer | undefined
}

export interface RequestGenerator {
  /** @param nth its number, which its times carry @param progress share of the work that is done */
  next: (nth: number, progress: number) => GeneratedRequest
}

/** Requests of one fleet, one after the other. */
export function traceGenerator(
  random: () => number,
  topology: Topology,
  { requestItems }: Workload,
  nowMs: number,
): RequestGenerator {
  const writer = new BackwardWriter()
  const nextSpanId = uniqueIds()
  const traces = Array.from({ length: OPEN_TRACES }, () => openTrace(random))

  return {
    next(nth, progress) {
      const spans = requestItems ?? drawSize(random)
      const samples: Sample[] = []
      const blocks = drawBlocks(random, topology, { items: spans, progress }, (from, size) =>
        writeBlock(from.service, from.release, size, nth, samples),
      )
      return { kind: 'traces', items: spans, blocks, samples, ...writer.take() }
    },
  }

  function writeBlock(
    service: Service,
    release: Release,
    spans: number,
    mark: number,
    samples: Sample[],
  ): BlockFacts {
    const facts: BlockFacts = {
      table: 'otel_traces',
      service: service.name,
      version: release.version,
      items: spans,
      errors: 0,
      sum: 0,
      checksum: 0,
      rolledUp: 0,
      rolledUpErrors: 0,
    }
    const resource = pick(random, release.instances)
    const blockEnd = writer.mark()
    for (let left = spans; left > 0;) {
      const size = Math.min(left, 1 + Math.floor(5 * random()))
      left -= size
      writePart({ service, release, resource, size, mark, facts, samples })
    }
    writer.put(scope)
    writer.close(2, blockEnd)
    writer.put(resource.bytes)
    writer.close(1, blockEnd)
    return facts
  }

  type Part = {
    service: Service
    release: Release
    resource: Resource
    size: number
    mark: number
    facts: BlockFacts
    samples: Sample[]
  }

  /** A service's part of a trace: the entry and what it did for it. */
  function writePart({ service, release, resource, size, mark, facts, samples }: Part): void {
    const slot = Math.floor(random() * OPEN_TRACES)
    const trace = traces[slot]!
    const rank = Math.min(service.operations - 1, drawEarly(random, service.operations))
    const operation = service.operation(rank)
    const ageMs = Math.floor(random() * (random() < LATE_SHARE ? LATE_MS : RECENT_MS))
    const entryId = nextSpanId()
    const parentId = trace.lastSpan
    for (let nth = 0; nth < size; nth++) {
      const isEntry = nth === 0
      const shape = isEntry ? operation.entry : pick(random, operation.steps)
      const id = isEntry ? entryId : nextSpanId()
      writeSpan({
        shape,
        trace,
        id,
        parentId: isEntry ? parentId : entryId,
        startNs: nth * 1_000_000,
        ageMs,
        durationNs: drawDuration(operation, isEntry, release),
        isFailed: random() < ERROR_SHARE * (release.isBad && operation.nth === 0 ? 3 : 1),
        mark,
        resource,
        facts,
        samples,
      })
    }
    trace.lastSpan = entryId
    trace.left -= size
    if (trace.left <= 0) traces[slot] = openTrace(random)
  }

  function drawDuration(
    { medianNs, nth }: Operation,
    isEntry: boolean,
    { isBad }: Release,
  ): number {
    const slow = (random() < SLOW_SHARE ? 8 : 1) * (isBad && nth < 2 ? 1.4 : 1)
    const median = (isEntry ? medianNs : medianNs / 3) * slow
    return Math.ceil(median * Math.exp(SIGMA * normal(random)))
  }

  type Span = {
    shape: SpanShape
    trace: OpenTrace
    id: Buffer
    parentId: Buffer | undefined
    ageMs: number
    /** After the start of its part. */
    startNs: number
    durationNs: number
    isFailed: boolean
    mark: number
    resource: Resource
    facts: BlockFacts
    samples: Sample[]
  }

  /** Fields in reverse order. */
  function writeSpan(span: Span): void {
    const { shape, parentId, trace, durationNs, isFailed, facts } = span
    const { startNs } = span
    const stamp = { nowMs, mark: span.mark }
    const end = writer.mark()
    if (isFailed) writer.put(failedStatus)
    if (random() < LINK_SHARE) {
      const linkEnd = writer.mark()
      writer.bytesField(2, randomId(random, 8))
      writer.bytesField(1, randomId(random, 16))
      writer.close(13, linkEnd)
    }
    const event = drawEvent(isFailed)
    if (event !== undefined) {
      const eventEnd = writer.mark()
      writer.put(event)
      writer.time(1, stamp, span.ageMs, startNs)
      writer.close(11, eventEnd)
    }
    const unique = randomId(random, 12).toString('hex')
    writer.put(Buffer.from(unique, 'latin1'))
    writer.put(UNIQUE_HEAD)
    const own = [
      ...shape.attributes,
      isFailed ? shape.failed : shape.succeeded,
      random() < HUGE_SHARE ? topology.huge : pick(random, topology.extras),
      pick(random, topology.paths),
      pick(random, topology.users),
    ]
    for (let at = own.length - 1; at >= 0; at--) writer.put(own[at]!.bytes)
    writer.time(8, stamp, span.ageMs, startNs + durationNs)
    writer.time(7, stamp, span.ageMs, startNs)
    writer.put(shape.head)
    if (parentId !== undefined) writer.id(4, parentId)
    writer.id(2, span.id)
    writer.id(1, trace.id)
    writer.close(2, end)

    const isRolledUp = shape.kind !== spanKinds.internal || parentId === undefined
    const traceEnd = trace.id.toString('hex', 4)
    const spanEnd = span.id.toString('hex', 4)
    facts.sum += durationNs
    facts.errors += Number(isFailed)
    facts.rolledUp += Number(isRolledUp)
    facts.rolledUpErrors += Number(isRolledUp && isFailed)
    facts.checksum += crc32(`${traceEnd}${spanEnd}${durationNs}${shape.name}${unique}`)
    if (random() < SAMPLE_SHARE) {
      span.samples.push({
        table: 'otel_traces',
        id: traceEnd + spanEnd,
        row: {
          TraceId: traceEnd,
          ParentSpanId: parentId?.toString('hex', 4) ?? '',
          SpanName: shape.name,
          SpanKind: KIND_NAMES[shape.kind]!,
          ServiceName: facts.service,
          Duration: String(durationNs),
          StatusCode: isFailed ? 'Error' : 'Unset',
          Events: String(Number(event !== undefined)),
          ResourceAttributes: mapText(span.resource.attributes),
          SpanAttributes: mapText([...own, { ...uniqueKey, text: unique }]),
        },
      })
    }
  }

  function drawEvent(isFailed: boolean): Uint8Array | undefined {
    if (isFailed && random() < EXCEPTION_SHARE) return pickEarly(random, topology.exceptions)
    return random() < OTHER_EVENT_SHARE ? pick(random, topology.otherEvents) : undefined
  }
}

const KIND_NAMES = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']

function openTrace(random: () => number): OpenTrace {
  const spans = Math.ceil(TRACE_SPANS_MEDIAN * Math.exp(normal(random)))
  return {
    id: randomId(random, 16),
    left: random() < LONG_TRACE_SHARE ? LONG_TRACE_SPANS : Math.min(TRACE_SPANS_MAX, spans),
    lastSpan: undefined,
  }
}

/** Splits a request by resource: an SDK speaks for itself, a Collector for many. */
export function drawBlocks(
  random: () => number,
  topology: Topology,
  { items, progress }: { items: number; progress: number },
  writeBlock: (from: { service: Service; release: Release }, items: number) => BlockFacts,
): BlockFacts[] {
  const resources = items < 2000 ? 1 : 4 + Math.floor(13 * random())
  const blocks: BlockFacts[] = []
  for (let left = items, parts = resources; parts > 0; parts--) {
    const size = Math.ceil(left / parts)
    left -= size
    const service = pick(random, topology.services)
    blocks.push(writeBlock({ service, release: drawRelease(random, service, progress) }, size))
  }
  return blocks
}

export function drawRelease(
  random: () => number,
  { releases, arriving }: Service,
  progress: number,
): Release {
  if (arriving !== undefined && progress > 0.5 && random() < 0.2) return arriving
  let rest = random()
  return releases.find(({ share }) => (rest -= share) < 0) ?? releases[0]! // a service has releases
}
