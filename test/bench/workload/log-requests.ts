import { crc32 } from 'node:zlib'
import { message, text, varint } from '../../../packages/otlp/test/encode.ts'
import { BackwardWriter } from './backward-writer.ts'
import { drawSize, pick, pickEarly, randomId } from './draw.ts'
import type { BlockFacts, Sample } from './facts.ts'
import { attributesOf, mapText } from './pieces.ts'
import { LOG_RESOURCE_ATTRIBUTES, type Release, type Service, type Topology } from './topology.ts'
import { drawBlocks, type RequestGenerator } from './trace-requests.ts'
import type { Workload } from './workload.ts'

const TEMPLATES = 500
const JSON_SHARE = 0.2
const TRACE_SHARE = 0.3
const SAMPLE_SHARE = 0.001
const RECENT_MS = 60_000

const scope = message(1, text(1, 'app.logger'))
const on = attributesOf(6)
const threads = Array.from({ length: 16 }, (_, nth) => on.text('thread.name', `worker-${nth}`))
const lines = Array.from({ length: 200 }, (_, nth) => on.int('code.line.number', nth * 3))
const methods = ['GET', 'POST', 'PUT'].map((name) => on.text('http.request.method', name))
const users = Array.from({ length: 10_000 }, (_, nth) => on.text('app.user.id', `u${nth * 7919}`))

const severities = [
  { share: 0.7, ...severity(9, 'INFO') },
  { share: 0.15, ...severity(5, 'DEBUG') },
  { share: 0.1, ...severity(13, 'WARN') },
  { share: 0.05, ...severity(17, 'ERROR') },
]

function severity(number: number, name: string) {
  return { name, bytes: Buffer.concat([varint(2, number), text(3, name)]) }
}

/** Log records of 12 attributes, 8 of them the resource's, with a body of some 120 bytes. */
export function logGenerator(
  random: () => number,
  topology: Topology,
  { requestItems }: Workload,
  nowMs: number,
): RequestGenerator {
  const writer = new BackwardWriter()
  const templates = Array.from({ length: TEMPLATES }, (_, nth) => createTemplate(nth, random))

  return {
    next(nth, progress) {
      const records = requestItems ?? drawSize(random)
      const samples: Sample[] = []
      const blocks = drawBlocks(random, topology, { items: records, progress }, (from, size) =>
        writeBlock(from.service, from.release, size, nth, samples),
      )
      return { kind: 'logs', items: records, blocks, samples, ...writer.take() }
    },
  }

  function writeBlock(
    service: Service,
    release: Release,
    records: number,
    mark: number,
    samples: Sample[],
  ): BlockFacts {
    const facts: BlockFacts = {
      table: 'otel_logs',
      service: service.name,
      version: release.version,
      items: records,
      errors: 0,
      sum: 0,
      checksum: 0,
      rolledUp: 0,
      rolledUpErrors: 0,
    }
    const resource = pick(random, release.instances)
    const resourceText = mapText(resource.attributes.slice(0, LOG_RESOURCE_ATTRIBUTES))
    const blockEnd = writer.mark()
    for (let nth = 0; nth < records; nth++) {
      const sample = writeRecord(mark, facts)
      if (sample !== undefined) {
        sample.row['ResourceAttributes'] = resourceText
        sample.row['ServiceName'] = service.name
        samples.push(sample)
      }
    }
    writer.put(scope)
    writer.close(2, blockEnd)
    writer.put(resource.logBytes)
    writer.close(1, blockEnd)
    return facts
  }

  /** Fields in reverse order. */
  function writeRecord(mark: number, facts: BlockFacts): Sample | undefined {
    const ageMs = Math.floor(random() * RECENT_MS)
    const level = drawSeverity()
    const body = pickEarly(random, templates)(random)
    const bodyBytes = Buffer.from(body)
    const stamp = { nowMs, mark }
    const end = writer.mark()
    writer.time(11, stamp, ageMs, 0)
    const ids = random() < TRACE_SHARE ? [randomId(random, 16), randomId(random, 8)] : undefined
    if (ids !== undefined) {
      writer.id(10, ids[1]!) // two were made
      writer.id(9, ids[0]!)
    }
    const own = [
      pick(random, threads),
      pick(random, lines),
      pick(random, users),
      pick(random, methods),
    ]
    for (const { bytes } of own) writer.put(bytes)
    const bodyEnd = writer.mark()
    writer.bytesField(1, bodyBytes)
    writer.close(5, bodyEnd)
    writer.put(level.bytes)
    writer.time(1, stamp, ageMs, 0)
    writer.close(2, end)

    facts.errors += Number(level.name === 'ERROR')
    facts.sum += bodyBytes.length
    facts.checksum += crc32(`${level.name}${body}`)
    if (ids === undefined || random() >= SAMPLE_SHARE / TRACE_SHARE) return undefined
    return {
      table: 'otel_logs',
      id: ids.map((id) => id.toString('hex', 4)).join(''),
      row: {
        Body: body,
        SeverityText: level.name,
        LogAttributes: mapText(own),
      },
    }
  }

  function drawSeverity() {
    let rest = random()
    return severities.find(({ share }) => (rest -= share) < 0) ?? severities[0]!
  }
}

/** A sentence, or an object, with places for what changes. */
function createTemplate(nth: number, random: () => number): (random: () => number) => string {
  const subject = `${['order', 'cart', 'payment', 'größe', 'session'][nth % 5]} ${nth}`
  const number = (draw: () => number) => Math.floor(draw() * 1e6)
  if (random() < JSON_SHARE) {
    return (draw) =>
      `{"event":"${subject} updated","id":${number(draw)},"tookMs":${number(draw) % 900},"cache":"miss","tenant":"t-${number(draw) % 400}","retry":false}`
  }
  return (draw) =>
    `${subject}: request ${number(draw)} of customer ${number(draw) % 5000} was handled after ${number(draw) % 900} ms, stock checked in warehouse ${nth % 9}, no retry`
}
