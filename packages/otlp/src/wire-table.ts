import { keysOf } from './keys-of.ts'
import { isEnum, isMessage, SCHEMA, type Field, type MessageName } from './schema.ts'

/**
 * The schema as flat integer tables, so that the walk over the bytes looks fields up without
 * touching an object. A slot is `message << SLOT_BITS | field number`; every number fits (a test).
 */
export const SLOT_BITS = 5
export const MESSAGE_NAMES = keysOf(SCHEMA)

/** Number of a message in the tables. */
export const MESSAGE: Readonly<Record<MessageName, number>> = numbered(MESSAGE_NAMES)

/** Wire types, https://protobuf.dev/programming-guides/encoding/#structure */
export const WIRE = {
  varint: 0,
  fixed64: 1,
  length: 2,
  groupStart: 3,
  groupEnd: 4,
  fixed32: 5,
} as const

/** What the walk does with a field's value. `skip` is an unknown field. */
export const KIND = {
  skip: 0,
  message: 1,
  string: 2,
  bytes: 3,
  traceId: 4,
  spanId: 5,
  fixed64: 6,
  double: 7,
  fixed32: 8,
  bool: 9,
  int32: 10,
  uint32: 11,
  varint64: 12,
} as const

const KIND_OF_SCALAR = {
  string: KIND.string,
  bytes: KIND.bytes,
  trace_id: KIND.traceId,
  span_id: KIND.spanId,
  bool: KIND.bool,
  int32: KIND.int32,
  int64: KIND.varint64,
  uint32: KIND.uint32,
  uint64: KIND.varint64,
  sint32: KIND.uint32, // zigzag of 32 bits: the same range on the wire
  fixed32: KIND.fixed32,
  fixed64: KIND.fixed64,
  sfixed64: KIND.fixed64,
  double: KIND.double,
} as const

const slots = MESSAGE_NAMES.length << SLOT_BITS

export const KINDS = new Uint8Array(slots)
/** Wire type of one value. */
export const WIRES = new Uint8Array(slots)
/** Message number of a `message` field. */
export const CHILDREN = new Uint8Array(slots)
/** 1 where protobuf also allows many values in one length-delimited field. */
export const PACKABLE = new Uint8Array(slots)
export const IS_REPEATED = new Uint8Array(slots)
/**
 * Bits of the fields that must not have been seen before this one: itself, or its whole oneof.
 * Numbers outside a oneof are free: there ClickHouse takes the last too.
 */
export const CLASHES = new Int32Array(slots)

for (const [index, name] of MESSAGE_NAMES.entries()) {
  for (const field of SCHEMA[name]) fillSlot((index << SLOT_BITS) | field.number, name, field)
}

function fillSlot(slot: number, message: MessageName, field: Field): void {
  const kind = kindOf(field)
  const wire = wireTypeOf(field)
  KINDS[slot] = kind
  WIRES[slot] = wire
  CHILDREN[slot] = isMessage(field.type) ? MESSAGE[field.type] : 0
  PACKABLE[slot] = field.repeated && wire !== WIRE.length ? 1 : 0
  IS_REPEATED[slot] = field.repeated ? 1 : 0
  CLASHES[slot] = clashesOf(message, field, wire)
}

function kindOf(field: Field): number {
  if (isMessage(field.type)) return KIND.message
  return isEnum(field.type) ? KIND.int32 : KIND_OF_SCALAR[field.type]
}

/** Of one value. */
export function wireTypeOf(field: Field): number {
  const kind = kindOf(field)
  if (kind === KIND.fixed64 || kind === KIND.double) return WIRE.fixed64
  if (kind === KIND.fixed32) return WIRE.fixed32
  return kind >= KIND.bool ? WIRE.varint : WIRE.length
}

function clashesOf(message: MessageName, field: Field, wire: number): number {
  if (field.repeated) return 0
  if (field.oneof === undefined) return wire === WIRE.length ? 1 << field.number : 0
  return SCHEMA[message]
    .filter(({ oneof }) => oneof === field.oneof)
    .reduce((bits, { number }) => bits | (1 << number), 0)
}

function numbered<Name extends string>(names: readonly Name[]): Record<Name, number> {
  const entries = names.map((name, index) => [name, index])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made of all the names
  return Object.fromEntries(entries) as Record<Name, number>
}
