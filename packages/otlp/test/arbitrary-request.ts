import * as fc from 'fast-check'
import {
  isEnum,
  isMessage,
  REQUEST_MESSAGE,
  SCHEMA,
  type Field,
  type MessageName,
  type SignalKind,
} from '../src/schema.ts'
import { double, fixed32, fixed64, message, NANOS_PER_MS, text, varint } from './encode.ts'

export const KINDS: readonly SignalKind[] = ['traces', 'logs', 'metrics']

/** Requests are checked as if received then. */
export const RECEIVED_MS = 1_800_000_000_000

/**
 * Well-formed requests with all that protobuf allows and no encoder does: fields in any order,
 * repeated ones apart, single ones twice, oneofs set twice, unknown fields, numbers too large.
 */
export const requests = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    tape: fc.uint8Array({ minLength: 20, maxLength: 600 }),
  })
  .map(({ kind, tape }) => ({
    kind,
    bytes: Buffer.concat(fieldsOf(REQUEST_MESSAGE[kind], new Tape(tape), 0)),
  }))

/** Choices, read off one after the other; all 0 at the end, which ends the request too. */
class Tape {
  readonly #choices: Uint8Array
  #at = 0

  constructor(choices: Uint8Array) {
    this.#choices = choices
  }

  next(options: number): number {
    return (this.#choices[this.#at++] ?? 0) % options
  }
}

const DEPTH_MAX = 14

function fieldsOf(name: MessageName, tape: Tape, depth: number): Uint8Array[] {
  if (depth > DEPTH_MAX) return []
  const essential = tape.next(4) === 0 ? [] : essentialFields(name, tape, depth)
  const random = Array.from({ length: tape.next(5) }, () => randomField(name, tape, depth))
  return [...essential, ...random]
}

function randomField(name: MessageName, tape: Tape, depth: number): Uint8Array {
  const messages = SCHEMA[name].filter(({ type }) => isMessage(type))
  const fields = tape.next(2) === 1 && messages.length > 0 ? messages : SCHEMA[name]
  const field = fields[tape.next(fields.length)]
  if (field === undefined || tape.next(16) === 1) return unknownField(tape)
  return isMessage(field.type)
    ? message(field.number, ...fieldsOf(field.type, tape, depth + 1))
    : scalarField(field, tape)
}

const ESSENTIALS: ReadonlyMap<string, (number: number) => Uint8Array> = new Map([
  ['trace_id', (number) => message(number, Buffer.alloc(16, 1))],
  ['span_id', (number) => message(number, Buffer.alloc(8, 2))],
  ['start_time_unix_nano', (number) => fixed64(number, BigInt(RECEIVED_MS) * NANOS_PER_MS)],
  ['time_unix_nano', (number) => fixed64(number, BigInt(RECEIVED_MS) * NANOS_PER_MS)],
  ['as_int', (number) => fixed64(number, 7n)],
])

const LEADS_TO_ITEMS = new Set(
  (
    'resource_spans scope_spans spans resource_logs scope_logs log_records ' +
    'resource_metrics scope_metrics metrics gauge sum histogram exponential_histogram summary ' +
    'data_points'
  ).split(' '),
)

/** What leads to an item, and what an item is rejected without. */
function essentialFields(name: MessageName, tape: Tape, depth: number): Uint8Array[] {
  const ways = SCHEMA[name].filter((field) => LEADS_TO_ITEMS.has(field.name))
  const way = ways[tape.next(Math.max(ways.length, 1))]
  if (way !== undefined && isMessage(way.type)) {
    return [message(way.number, ...fieldsOf(way.type, tape, depth + 1))]
  }
  return SCHEMA[name].flatMap(({ name: field, number }) => {
    const make = ESSENTIALS.get(field)
    return make === undefined ? [] : [make(number)]
  })
}

function unknownField(tape: Tape): Uint8Array {
  return [varint(90, 7), text(91, 'later'), fixed64(92, 5n)][tape.next(3)]!
}

const INTEGERS = [0n, 1n, 2n, 300n, -1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 63n, -(2n ** 40n)]
const DOUBLES = [0, -0, 1.5, 1e21, NaN, -Infinity]
const TEXTS = ['', 'a', 'service.name', 'grüße 🎉', 'x'.repeat(300)]

function scalarField({ number, type, repeated }: Field, tape: Tape): Uint8Array {
  const integer = INTEGERS[tape.next(INTEGERS.length)]!
  if (isEnum(type) || isVarint(type)) {
    return repeated && tape.next(2) === 1
      ? message(number, ...[integer, 1n].slice(tape.next(3)).map(varintValue))
      : varint(number, integer)
  }
  if (type === 'string') return text(number, TEXTS[tape.next(TEXTS.length)]!)
  if (type === 'fixed32') return fixed32(number, 1)
  if (type === 'double') return double(number, DOUBLES[tape.next(DOUBLES.length)]!)
  if (type === 'fixed64' || type === 'sfixed64') {
    const time = BigInt(RECEIVED_MS - tape.next(3) * 1000) * NANOS_PER_MS
    const value = tape.next(4) === 0 ? BigInt.asUintN(64, integer) : time
    return repeated && tape.next(2) === 1 ? packedFixed64(number, value) : fixed64(number, value)
  }
  const size = [0, 8, 16][tape.next(3)]!
  return message(number, Buffer.alloc(size, tape.next(4)))
}

function isVarint(type: Field['type']): boolean {
  return ['bool', 'int32', 'int64', 'uint32', 'uint64', 'sint32'].includes(type)
}

function packedFixed64(number: number, value: bigint): Uint8Array {
  return message(number, fixed64(1, value).subarray(1), fixed64(1, 3n).subarray(1))
}

function varintValue(value: bigint): Uint8Array {
  return varint(1, value).subarray(1)
}
