import protobuf from 'protobufjs'
import { keysOf } from '../src/keys-of.ts'
import { isEnum, REQUEST_MESSAGE, SCHEMA, type Field, type SignalKind } from '../src/schema.ts'

const BYTES = new Set<string>(['bytes', 'trace_id', 'span_id'])

/** protobufjs over the same schema: an independent reading and writing of the wire. */
const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(keysOf(SCHEMA).map((name) => [name, messageOf(SCHEMA[name])])),
})

export function requestType(kind: SignalKind): protobuf.Type {
  return root.lookupType(REQUEST_MESSAGE[kind])
}

/** What protobuf understands: absent fields absent, 64-bit numbers as strings. */
export function decode(kind: SignalKind, bytes: Uint8Array): Record<string, unknown> {
  const type = requestType(kind)
  return type.toObject(type.decode(bytes), { longs: String, bytes: String, oneofs: false })
}

export function encode(kind: SignalKind, request: Record<string, unknown>): Uint8Array {
  const type = requestType(kind)
  return type.encode(type.fromObject(request)).finish()
}

function messageOf(fields: readonly Field[]): protobuf.IType {
  const groups = new Map<string, string[]>()
  for (const { oneof, name } of fields) {
    if (oneof !== undefined) groups.set(oneof, [...(groups.get(oneof) ?? []), name])
  }
  return {
    ...(groups.size > 0 && {
      oneofs: Object.fromEntries([...groups].map(([name, oneof]) => [name, { oneof }])),
    }),
    fields: Object.fromEntries(
      fields.map(({ name, number, type, repeated }) => [
        name,
        {
          id: number,
          type: typeOf(type),
          ...(repeated && { rule: 'repeated', options: { packed: true } }),
        },
      ]),
    ),
  }
}

function typeOf(type: Field['type']): string {
  if (isEnum(type)) return 'int32'
  return BYTES.has(type) ? 'bytes' : type
}
