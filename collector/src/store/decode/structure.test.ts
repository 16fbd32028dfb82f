import { expect, test } from 'vitest'
import { structureOf } from './structure.ts'

const proto = `
// message Comment {
syntax = "proto3";
message Inner {
  oneof value {
    string text = 1;
    sfixed64 number = 7;
  }
  bytes id = 2;
}
message Outer {
  repeated Inner inners = 1;
  repeated fixed64 counts = 2;
  bool flag = 3;
}
`

test('makes a message a tuple, a repeated field an array and a oneof an enum of its members', () => {
  expect(structureOf(proto, 'Outer')).toBe(
    "inners Array(Tuple(text String, number Int64, id String, value Enum8('none' = 0, 'text' = 1, 'number' = 7)))," +
      ' counts Array(UInt64), flag Bool',
  )
})

test('leaves out the fields of the given messages alone', () => {
  expect(structureOf(proto, 'Outer', new Set(['Outer.inners', 'Inner.flag']))).toBe(
    'counts Array(UInt64), flag Bool',
  )
})

test('names a message that is missing', () => {
  expect(() => structureOf(proto, 'Nowhere')).toThrow(/Nowhere/)
})
