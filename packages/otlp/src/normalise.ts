import { ProtoWriter } from './proto-writer.ts'
import { REQUEST_MESSAGE, type SignalKind } from './schema.ts'
import { WireReader } from './varint.ts'
import {
  CHILDREN,
  CLASHES,
  IS_REPEATED,
  KIND,
  KINDS,
  MESSAGE,
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
 * - refuses a bool above 1 and numbers above 32 bits (true; the low 32 bits),
 * - refuses a number whose tenth byte is 0 (the number without it).
 *
 * Unknown fields are left out.
 *
 * @param bytes well-formed; recursion and memory are bounded by the walk that found them so
 */
export function normalise(kind: SignalKind, bytes: Uint8Array): Uint8Array {
  const writer = new ProtoWriter(bytes.length)
  const request = new WireReader(bytes, 0, bytes.length)
  writeMessage(writer, MESSAGE[REQUEST_MESSAGE[kind]], [request])
  return writer.bytes()
}

/** A field that is set once: the places that count, several where messages merge. */
type Single = { tag: number; values: WireReader[] }

/** @param contents of one message, or of several that merge */
function writeMessage(writer: ProtoWriter, message: number, contents: readonly WireReader[]): void {
  const singles = new Map<number, Single>()
  for (const reader of contents) {
    while (reader.at < reader.end) {
      const tag = reader.small()
      const slot = slotOf(message, tag)
      const value = reader.value(tag % 8)
      if (KINDS[slot] === KIND.skip) continue
      if (IS_REPEATED[slot] === 1) writeField(writer, slot, { tag, values: [value] })
      else keepSingle(singles, slot, tag, value)
    }
  }
  for (const single of singles.values()) writeField(writer, slotOf(message, single.tag), single)
}

function keepSingle(
  singles: Map<number, Single>,
  slot: number,
  tag: number,
  value: WireReader,
): void {
  const number = tag >>> 3
  const same = singles.get(number)
  if (same !== undefined && KINDS[slot] === KIND.message) {
    same.values.push(value)
    return
  }
  for (const other of singles.keys()) {
    if (other === number || (CLASHES[slot]! & (1 << other)) !== 0) singles.delete(other)
  }
  singles.set(number, { tag, values: [value] })
}

function writeField(writer: ProtoWriter, slot: number, { tag, values }: Single): void {
  const [value] = values
  if (value === undefined) return
  if (KINDS[slot] === KIND.message) {
    writer.tag(tag >>> 3, WIRE.length)
    const content = writer.openLength()
    writeMessage(writer, CHILDREN[slot]!, values)
    return writer.closeLength(content)
  }
  if (WIRES[slot] === WIRE.varint && tag % 8 === WIRE.varint) {
    writer.tag(tag >>> 3, WIRE.varint)
    return writer.varint(inRange(KINDS[slot]!, value.big()))
  }
  const isPacked = tag % 8 === WIRE.length && WIRES[slot] !== WIRE.length
  if (isPacked && value.at === value.end) return
  if (isPacked && WIRES[slot] === WIRE.varint) return writePacked(writer, slot, tag, value)
  writer.tag(tag >>> 3, tag % 8)
  if (tag % 8 === WIRE.length) writer.lengthAndBytes(value.bytes())
  else writer.raw(value.bytes())
}

function writePacked(writer: ProtoWriter, slot: number, tag: number, values: WireReader): void {
  writer.tag(tag >>> 3, WIRE.length)
  const content = writer.openLength()
  while (values.at < values.end) writer.varint(inRange(KINDS[slot]!, values.big()))
  writer.closeLength(content)
}

function inRange(kind: number, value: bigint): bigint {
  if (kind === KIND.bool) return value === 0n ? 0n : 1n
  if (kind === KIND.int32) return BigInt.asIntN(32, value)
  return kind === KIND.uint32 ? BigInt.asUintN(32, value) : value
}

function slotOf(message: number, tag: number): number {
  const number = tag >>> 3
  return number < 1 << SLOT_BITS ? (message << SLOT_BITS) | number : 0
}
