import { lengthField, tagged, varintField } from '../src/varint.ts'

/** Messages by hand, so that tests can say what no encoder would. */
export function message(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return lengthField(number, Buffer.concat(parts))
}

export function text(number: number, value: string): Uint8Array {
  return lengthField(number, Buffer.from(value))
}

/** @param value negative ones as protobuf does, in 64 bits */
export function varint(number: number, value: bigint | number): Uint8Array {
  return varintField(number, BigInt.asUintN(64, BigInt(value)))
}

export function fixed64(number: number, value: bigint): Uint8Array {
  const content = Buffer.alloc(8)
  content.writeBigUInt64LE(value)
  return tagged(number * 8 + 1, content)
}

export function fixed32(number: number, value: number): Uint8Array {
  const content = Buffer.alloc(4)
  content.writeUInt32LE(value)
  return tagged(number * 8 + 5, content)
}

export function double(number: number, value: number): Uint8Array {
  const content = Buffer.alloc(8)
  content.writeDoubleLE(value)
  return tagged(number * 8 + 1, content)
}

/** A `KeyValue` as field `number`; `member` is a field of `AnyValue`. */
export function attribute(
  number: number,
  key: string,
  ...member: readonly Uint8Array[]
): Uint8Array {
  return message(number, text(1, key), message(2, ...member))
}

export const NANOS_PER_MS = 1_000_000n
