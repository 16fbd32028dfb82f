// Spans a second that one core checks: node packages/otlp/test/bench-check.ts
import { checkRequest } from '../src/check.ts'
import { attribute, double, fixed64, message, NANOS_PER_MS, text, varint } from './encode.ts'

const RECEIVED_MS = 1_800_000_000_000
const LIMITS = { receivedMs: RECEIVED_MS, retentionMs: 30 * 86_400_000 }
const SPANS_PER_REQUEST = 512
const ROUNDS = 5
const ROUND_MS = 1000

for (const [name, bytes] of Object.entries({
  '12 resource + 7 span attributes': request(12, 7, 0),
  '19 attributes on every span': request(0, 19, 0),
  '12 + 7, one in a hundred an array': request(12, 7, 0.01),
})) {
  const rates = Array.from({ length: ROUNDS }, () => spansPerSecond(bytes)).toSorted(
    (a, b) => a - b,
  )
  const median = rates[Math.floor(ROUNDS / 2)]!
  const bytesPerSpan = Math.round(bytes.length / SPANS_PER_REQUEST)
  console.log(
    `${name}: ${Math.round(median / 1000)}k spans/s (${bytesPerSpan} B a span; ` +
      `${Math.round(rates[0]! / 1000)}k to ${Math.round(rates.at(-1)! / 1000)}k)`,
  )
}

function spansPerSecond(bytes: Uint8Array): number {
  const startMs = performance.now()
  let spans = 0
  let elapsedMs = 0
  while (elapsedMs < ROUND_MS) {
    for (let i = 0; i < 20; i++) {
      const checked = checkRequest('traces', bytes, LIMITS)
      if (checked.outcome !== 'ok') throw new Error(checked.message)
      spans += checked.items
    }
    elapsedMs = performance.now() - startMs
  }
  return (spans / elapsedMs) * 1000
}

function request(
  resourceAttributes: number,
  spanAttributes: number,
  arrayShare: number,
): Uint8Array {
  let made = 0
  const attributes = (field: number, count: number) =>
    Array.from({ length: count }, (_, index) => {
      const isArray = arrayShare > 0 && made++ % Math.round(1 / arrayShare) === 0
      const value = isArray
        ? message(5, message(1, text(1, 'a')), message(1, varint(3, 7)))
        : scalar(index)
      return attribute(field, `http.request.attribute${index}`, value)
    })
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, index) =>
    message(
      2,
      message(1, Buffer.alloc(16, (index % 255) + 1)),
      message(2, Buffer.alloc(8, (index % 255) + 1)),
      message(4, Buffer.alloc(8, 9)),
      text(5, 'GET /api/v1/products/{id}'),
      varint(6, 2),
      fixed64(7, BigInt(RECEIVED_MS) * NANOS_PER_MS),
      fixed64(8, BigInt(RECEIVED_MS + 5) * NANOS_PER_MS),
      ...attributes(9, spanAttributes),
      message(15, varint(3, 1)),
    ),
  )
  const scope = message(1, text(1, '@opentelemetry/instrumentation-http'), text(2, '0.301.0'))
  return message(1, message(1, ...attributes(1, resourceAttributes)), message(2, scope, ...spans))
}

function scalar(index: number): Uint8Array {
  if (index % 20 < 13) return text(1, `a value of the usual ${index}`)
  if (index % 20 < 18) return varint(3, index * 1000)
  return index % 20 === 18 ? varint(2, 1) : double(4, 1.5)
}
