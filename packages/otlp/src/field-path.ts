import type { Frames } from './frames.ts'
import { SCHEMA, type Field, type MessageName } from './schema.ts'
import { MESSAGE_NAMES } from './wire-table.ts'
import { WireReader } from './varint.ts'

/**
 * Names a place in a request as `resource_spans[0].scope_spans[1].spans[3].trace_id`.
 *
 * The walk keeps no indices: they are counted here, when somebody must be told. All before the
 * place is well-formed.
 *
 * @param number field in the innermost message; left out, the message itself is meant
 */
export function fieldPath(bytes: Uint8Array, frames: Frames, number?: number): string {
  const names: string[] = []
  for (let depth = 1; depth <= frames.depth; depth++) {
    const parent = messageAt(frames, depth - 1)
    const tag = new WireReader(bytes, frames.tags[depth]!, bytes.length).small()
    const field = fieldOf(parent, tag >>> 3)
    const index = countFields(bytes, frames.starts[depth - 1]!, frames.tags[depth]!, tag)
    if (field !== undefined) names.push(field.repeated ? `${field.name}[${index}]` : field.name)
  }
  if (number !== undefined) {
    const message = messageAt(frames, frames.depth)
    names.push(fieldOf(message, number)?.name ?? `unknown field ${number}`)
  }
  return names.join('.')
}

function messageAt(frames: Frames, depth: number): MessageName {
  return MESSAGE_NAMES[frames.messages[depth]!]!
}

function fieldOf(message: MessageName, number: number): Field | undefined {
  return SCHEMA[message].find((field) => field.number === number)
}

function countFields(bytes: Uint8Array, start: number, end: number, wanted: number): number {
  const reader = new WireReader(bytes, start, end)
  let count = 0
  while (reader.at < end) {
    const tag = reader.small()
    if (tag === wanted) count++
    reader.skip(tag % 8)
  }
  return count
}
