import { REQUEST_MESSAGE, type SignalKind } from './schema.ts'
import { lengthField, tagged, varintField, WireReader } from './varint.ts'
import {
  CHILDREN,
  CLASHES,
  KIND,
  KINDS,
  MESSAGE,
  PACKABLE,
  SLOT_BITS,
  WIRE,
  WIRES,
} from './wire-table.ts'

/**
 * The same request as protobuf understands it, said the one way ClickHouse understands too. Measured
 * on ClickHouse 26.7, which
 *
 * - refuses a oneof set twice (protobuf: the last wins; a message set twice in a row is merged),
 * - garbles a string set twice (the last wins),
 * - keeps one part of a message set twice with other fields between (they are merged),
 * - refuses an empty packed field (no values),
 * - refuses a bool above 1 and numbers above 32 bits (true; the low 32 bits).
 *
 * Unknown fields are left out. Depth is bounded by the walk that found the bytes well-formed.
 */
export function normalise(kind: SignalKind, bytes: Uint8Array): Uint8Array {
  const request = new WireReader(bytes, 0, bytes.length)
  return concat(normaliseMessage(MESSAGE[REQUEST_MESSAGE[kind]], [request]))
}

type Part =
  | { number: number; message: number; contents: WireReader[] }
  | { number: number; message: undefined; field: Uint8Array }

/** @param contents of one message, or of several that merge */
function normaliseMessage(message: number, contents: readonly WireReader[]): Uint8Array[] {
  const parts = new Set<Part>()
  const lasts = new Map<number, Part>() // of fields that are set once, by number
  for (const reader of contents) {
    while (reader.at < reader.end) readPart(message, reader, parts, lasts)
  }
  return [...parts].map((part) =>
    part.message === undefined
      ? part.field
      : lengthField(part.number, concat(normaliseMessage(part.message, part.contents))),
  )
}

function readPart(
  message: number,
  reader: WireReader,
  parts: Set<Part>,
  lasts: Map<number, Part>,
): void {
  const tag = reader.small()
  const number = tag >>> 3
  const slot = (message << SLOT_BITS) | number
  if (number >= 1 << SLOT_BITS || KINDS[slot] === KIND.skip) return reader.skip(tag % 8)

  const clashes = CLASHES[slot]!
  if (KINDS[slot] === KIND.message) {
    const contents = reader.content()
    const same = lasts.get(number)
    if (same?.message !== undefined) {
      same.contents.push(contents)
      return
    }
    return put({ number, message: CHILDREN[slot]!, contents: [contents] }, clashes, parts, lasts)
  }
  const field = readField(slot, tag, reader)
  if (field !== undefined) put({ number, message: undefined, field }, clashes, parts, lasts)
}

function put(part: Part, clashes: number, parts: Set<Part>, lasts: Map<number, Part>): void {
  for (const [number, last] of lasts) {
    if ((clashes & (1 << number)) === 0) continue
    parts.delete(last)
    lasts.delete(number)
  }
  parts.add(part)
  if (clashes !== 0) lasts.set(part.number, part)
}

/** A field with its tag, its number in range; undefined for a packed field without values. */
function readField(slot: number, tag: number, reader: WireReader): Uint8Array | undefined {
  const number = tag >>> 3
  if (tag % 8 === WIRE.length) {
    const content = reader.content().bytes()
    return PACKABLE[slot] === 1 && content.length === 0 ? undefined : lengthField(number, content)
  }
  if (WIRES[slot] === WIRE.varint) return varintField(number, inRange(KINDS[slot]!, reader.big()))
  const { at } = reader
  reader.skip(tag % 8)
  return tagged(tag, reader.bytesFrom(at))
}

function inRange(kind: number, value: bigint): bigint {
  if (kind === KIND.bool) return value === 0n ? 0n : 1n
  if (kind === KIND.int32) return BigInt.asUintN(64, BigInt.asIntN(32, value))
  return kind === KIND.uint32 ? BigInt.asUintN(32, value) : value
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
