import {
  attribute,
  fixed64,
  message,
  NANOS_PER_MS,
  text,
  varint,
} from '../../../packages/otlp/test/encode.ts'
import { seededRandom } from '../../harness/random.ts'
import {
  createTopology,
  spanKinds,
  type Operation,
  type Release,
  type Service,
  type SpanShape,
  type Topology,
} from './topology.ts'

/** A ready OTLP trace request in protobuf, and what it must leave behind in the tables. */
export interface TraceRequest {
  bytes: Uint8Array
  spans: number
  /** One per resource. */
  blocks: readonly BlockFacts[]
}

/** What one resource's spans add up to. */
export interface BlockFacts {
  service: string
  version: string
  spans: number
  /** Spans with status Error. */
  errors: number
  /** Sum of the spans' durations. */
  durationNs: number
  /** Spans that the roll-up by minute counts, and those of them that failed. */
  rolledUp: number
  rolledUpErrors: number
}

type Workload = {
  seed: number
  /** At least this many, up to the end of a request. */
  spans: number
  /** The spans lie in the minute before, one in a hundred up to an hour before. */
  nowMs: number
}

const ERROR_SHARE = 0.015
const EXCEPTION_SHARE = 0.6 // of errors
const LATE_SHARE = 0.01
const SIGMA = 1.2 // of the durations' logarithm
const scope = message(1, text(1, '@opentelemetry/instrumentation-http'), text(2, '0.301.0'))

/** The same arguments give the same bytes. */
export function generateTraceRequests({ seed, spans, nowMs }: Workload): TraceRequest[] {
  const random = seededRandom(seed)
  const generator = { random, nowMs, topology: createTopology(random) }
  const requests: TraceRequest[] = []
  for (let made = 0; made < spans;) {
    const request = createRequest(generator, drawSize(random))
    requests.push(request)
    made += request.spans
  }
  return requests
}

type Generator = { random: () => number; nowMs: number; topology: Topology }

/** What SDKs and Collectors send: mostly full batches, some half empty, a few very large. */
function drawSize(random: () => number): number {
  const draw = random()
  if (draw < 0.6) return 512
  if (draw < 0.85) return 50 + Math.floor(151 * random())
  if (draw < 0.95) return 1 + Math.floor(10 * random())
  return 2000 + Math.floor(6001 * random())
}

function createRequest(generator: Generator, spans: number): TraceRequest {
  // An SDK speaks for itself, a Collector for many.
  const resources = spans < 2000 ? 1 : 4 + Math.floor(13 * generator.random())
  const parts: Uint8Array[] = []
  const blocks: BlockFacts[] = []
  for (let left = spans, nth = resources; nth > 0; nth--) {
    const size = Math.ceil(left / nth)
    left -= size
    const service = pick(generator.random, generator.topology.services)
    const release = drawRelease(generator.random, service)
    const block = createBlock(generator, service, release, size)
    parts.push(block.bytes)
    blocks.push(block.facts)
  }
  return { bytes: Buffer.concat(parts), spans, blocks }
}

function createBlock(generator: Generator, service: Service, release: Release, spans: number) {
  const { random } = generator
  const facts: BlockFacts = {
    service: service.name,
    version: release.version,
    spans,
    errors: 0,
    durationNs: 0,
    rolledUp: 0,
    rolledUpErrors: 0,
  }
  const parts: Uint8Array[] = [scope]
  for (let left = spans; left > 0;) {
    const size = Math.min(left, 1 + Math.floor(5 * random()))
    left -= size
    addTrace(generator, pickEarly(random, service.operations), size, { facts, parts })
  }
  const bytes = message(1, pick(random, release.instances), message(2, ...parts))
  return { bytes, facts }
}

type Block = { facts: BlockFacts; parts: Uint8Array[] }

/** A service's part of a trace: the entry and what it did for it. */
function addTrace(generator: Generator, operation: Operation, spans: number, block: Block): void {
  const { random, nowMs } = generator
  const ageMs = random() * (random() < LATE_SHARE ? 3_600_000 : 60_000)
  const startNs = BigInt(Math.round(nowMs - ageMs)) * NANOS_PER_MS
  const trace = message(1, randomId(random, 16))
  const entryId = randomId(random, 8)
  const callerId = random() < 0.4 ? undefined : randomId(random, 8)
  for (let nth = 0; nth < spans; nth++) {
    const isEntry = nth === 0
    addSpan(generator, block, {
      shape: isEntry ? operation.entry : pick(random, operation.steps),
      trace,
      id: isEntry ? entryId : randomId(random, 8),
      parentId: isEntry ? callerId : entryId,
      startNs: startNs + BigInt(nth) * NANOS_PER_MS,
      medianNs: isEntry ? operation.medianNs : operation.medianNs / 3,
    })
  }
}

type Span = {
  shape: SpanShape
  /** Encoded. */
  trace: Uint8Array
  id: Uint8Array
  parentId: Uint8Array | undefined
  startNs: bigint
  medianNs: number
}

function addSpan({ random, topology }: Generator, { facts, parts }: Block, span: Span): void {
  const { shape, parentId, startNs } = span
  const durationNs = Math.ceil(span.medianNs * Math.exp(SIGMA * normal(random)))
  const isFailed = random() < ERROR_SHARE
  const fields = [
    span.trace,
    message(2, span.id),
    ...(parentId === undefined ? [] : [message(4, parentId)]),
    shape.head,
    fixed64(7, startNs),
    fixed64(8, startNs + BigInt(durationNs)),
    isFailed ? shape.failed : shape.succeeded,
    pick(random, topology.extras),
    pick(random, topology.paths),
    pick(random, topology.users),
    attribute(9, 'app.request.id', text(1, Buffer.from(randomId(random, 12)).toString('hex'))),
  ]
  if (isFailed) {
    if (random() < EXCEPTION_SHARE) {
      fields.push(message(11, fixed64(1, startNs), pickEarly(random, topology.exceptions)))
    }
    fields.push(message(15, text(2, 'it failed'), varint(3, 2)))
  }
  parts.push(message(2, ...fields))

  const isRolledUp = shape.kind !== spanKinds.internal || parentId === undefined
  facts.durationNs += durationNs
  facts.errors += Number(isFailed)
  facts.rolledUp += Number(isRolledUp)
  facts.rolledUpErrors += Number(isRolledUp && isFailed)
}

function drawRelease(random: () => number, { releases }: Service): Release {
  let rest = random()
  return releases.find(({ share }) => (rest -= share) < 0) ?? releases[0]! // a service has releases
}

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]! // random() < 1
}

/** A few take most: as a Zipf law has it, roughly. */
function pickEarly<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(list.length ** random()) - 1] ?? list[0]!
}

/** Standard normal, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

function randomId(random: () => number, sizeBytes: 8 | 12 | 16): Uint8Array {
  const id = Buffer.alloc(sizeBytes)
  for (let at = 0; at < sizeBytes; at += 4) id.writeUInt32LE(Math.floor(random() * 2 ** 32), at)
  return id
}
