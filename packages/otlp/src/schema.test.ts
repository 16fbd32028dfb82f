import { expect, test } from 'vitest'
import { keysOf } from './keys-of.ts'
import { isEnum, isMessage, SCHEMA } from './schema.ts'
import { SLOT_BITS } from './wire-table.ts'

const SCALARS = new Set(
  (
    'string bytes trace_id span_id bool int32 int64 uint32 uint64 sint32 fixed32 fixed64 ' +
    'sfixed64 double'
  ).split(' '),
)

test('every field has a type that exists', () => {
  const types = keysOf(SCHEMA).flatMap((message) => SCHEMA[message].map(({ type }) => type))
  const unknown = types.filter((type) => !SCALARS.has(type) && !isEnum(type) && !isMessage(type))
  expect(unknown).toEqual([])
})

test('field numbers fit the wire table and are unique in their message', () => {
  for (const message of keysOf(SCHEMA)) {
    const numbers = SCHEMA[message].map(({ number }) => number)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(Math.max(...numbers)).toBeLessThan(1 << SLOT_BITS)
  }
})
