import {
  attribute,
  double,
  fixed64,
  message,
  NANOS_PER_MS,
  text,
  varint,
} from '../../packages/otlp/test/encode.ts'
import { MARK_ATTRIBUTE, markOf, spanIdOf, traceIdOf } from './ids.ts'
import type { Attempt, Kind, Ledger } from './ledger.ts'

type Shape = { ledger: Ledger; attempt: Attempt; random: () => number; nowMs: number }

const SERVICES = ['pay', 'cart', 'search']
const VERSIONS = ['1.4.0', '1.5.0', '1.6.0']
const ROUTES = ['/pay', '/orders/{id}', '/search']
const DURATIONS_NS = [0, 1, 900, 65_536, 5_000_000, 5_000_001, 1_000_000_000]
const DAY_MS = 86_400_000
/** Of requests, those whose items are older than today: up to 20 days, in a partition each or in one. */
const LATE_SHARE = 0.01

/** An OTLP request in protobuf, all items of one attempt. */
export function encodeRequest(shape: Shape): Uint8Array {
  const { attempt, random } = shape
  const pickFrom = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]! // random() < 1
  const resource = message(
    1,
    attribute(1, 'service.name', text(1, pickFrom(SERVICES))),
    attribute(1, 'service.version', text(1, pickFrom(VERSIONS))),
    attribute(1, 'deployment.environment.name', text(1, 'production')),
  )
  const lateMs = random() < LATE_SHARE ? Math.ceil(random() * 20) * DAY_MS : 0
  const item = items[attempt.kind]
  const total = attempt.items + attempt.itemsRefused
  const parts = Array.from({ length: total }, (_, nth) => {
    const timeNs = BigInt(Math.round(shape.nowMs - lateMs - random() * 90_000)) * NANOS_PER_MS
    return item({ ...shape, nth, timeNs, pickFrom })
  })
  const scope = message(1, text(1, 'torture'))
  return message(1, resource, message(2, scope, ...parts))
}

type Item = Shape & { nth: number; timeNs: bigint; pickFrom: <T>(list: readonly T[]) => T }

const items: Record<Kind, (item: Item) => Uint8Array> = {
  traces({ ledger, attempt, random, nth, timeNs, pickFrom }) {
    const isFailed = random() < 0.1
    const route = pickFrom(ROUTES)
    // A span id of zeros is refused, and only the span that has it.
    const isRefused = nth >= attempt.items
    return message(
      2,
      message(1, traceIdOf(ledger, attempt)),
      message(2, isRefused ? Buffer.alloc(8) : spanIdOf(attempt, nth)),
      text(5, `POST ${route}`),
      varint(6, 2),
      fixed64(7, timeNs),
      fixed64(8, timeNs + BigInt(pickFrom(DURATIONS_NS))),
      attribute(9, 'http.request.method', text(1, 'POST')),
      attribute(9, 'http.route', text(1, route)),
      attribute(9, 'http.response.status_code', varint(3, isFailed ? 500 : 200)),
      ...(isFailed ? [message(15, varint(3, 2))] : []),
    )
  },
  logs({ ledger, attempt, random, nth, timeNs }) {
    return message(
      2,
      fixed64(1, timeNs),
      varint(2, random() < 0.2 ? 17 : 9),
      message(5, text(1, `order ${nth} of attempt ${attempt.no}`)),
      attribute(6, 'order.size', varint(3, nth)),
      message(9, traceIdOf(ledger, attempt)),
      message(10, spanIdOf(attempt, nth)),
    )
  },
  metrics({ ledger, attempt, nth, timeNs }) {
    const mark = text(1, markOf(ledger, attempt, nth))
    const kind = METRICS[nth % METRICS.length]! // within its length
    const point = message(1, ...kind.point(mark, timeNs))
    return message(2, text(1, kind.name), text(3, 'ms'), message(kind.field, point, ...kind.about))
  },
}

const CUMULATIVE = varint(2, 2)
const count = (number: number) => fixed64(number, 3n)

/** All five tables of metrics: a batch of them is as many inserts. */
const METRICS: readonly {
  name: string
  field: number
  about: readonly Uint8Array[]
  point: (mark: Uint8Array, timeNs: bigint) => Uint8Array[]
}[] = [
  {
    name: 'queue.length',
    field: 5,
    about: [],
    point: (mark, timeNs) => [
      attribute(7, MARK_ATTRIBUTE, mark),
      fixed64(3, timeNs),
      double(4, 1.5),
    ],
  },
  {
    name: 'requests',
    field: 7,
    about: [CUMULATIVE, varint(3, 1)],
    point: (mark, timeNs) => [attribute(7, MARK_ATTRIBUTE, mark), fixed64(3, timeNs), count(6)],
  },
  {
    name: 'latency',
    field: 9,
    about: [CUMULATIVE],
    point: (mark, timeNs) => [
      attribute(9, MARK_ATTRIBUTE, mark),
      fixed64(3, timeNs),
      count(4),
      double(5, 12),
    ],
  },
  {
    name: 'latency.exponential',
    field: 10,
    about: [CUMULATIVE],
    point: (mark, timeNs) => [
      attribute(1, MARK_ATTRIBUTE, mark),
      fixed64(3, timeNs),
      count(4),
      double(5, 12),
    ],
  },
  {
    name: 'latency.summary',
    field: 11,
    about: [],
    point: (mark, timeNs) => [
      attribute(7, MARK_ATTRIBUTE, mark),
      fixed64(3, timeNs),
      count(4),
      double(5, 12),
    ],
  },
]
