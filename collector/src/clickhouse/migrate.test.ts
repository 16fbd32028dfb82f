import { expect, test } from 'vitest'
import { refusalOf, statementsOf, type Migration } from './migrate.ts'

const migration = (name: string, checksum: string): Migration => ({ name, checksum, sql: '' })

test('splits a file at semicolons that end a line and drops comments alone', () => {
  const sql =
    "-- head; of the file\nCREATE TABLE a (x String DEFAULT ';');\n\nCREATE TABLE b (y Int8);\n-- tail\n"
  expect(statementsOf(sql, [26, 7])).toEqual([
    "-- head; of the file\nCREATE TABLE a (x String DEFAULT ';')",
    'CREATE TABLE b (y Int8)',
  ])
})

test.each([
  { release: [26, 7] as const, index: 'new' },
  { release: [26, 2] as const, index: 'new' },
  { release: [26, 1] as const, index: 'old' },
  { release: [25, 8] as const, index: 'old' },
])('takes the $index lines on server $release', ({ release, index }) => {
  const sql = 'CREATE (\n-- {from 26.2}\nnew\n-- {end}\n-- {below 26.2}\nold\n-- {end}\n);\n'
  expect(statementsOf(sql, release)).toEqual([`CREATE (\n${index}\n)`])
})

test('accepts a record that is a part of the files', () => {
  expect(
    refusalOf('d', [migration('1', 'a'), migration('2', 'b')], new Map([['1', 'a']])),
  ).toBeUndefined()
})

test('refuses a database with a migration that the program lacks', () => {
  expect(refusalOf('d', [migration('1', 'a')], new Map([['2', 'b']]))).toMatch(
    /newer Aftermath .*2/,
  )
})

test('refuses a file that was changed after it was applied', () => {
  expect(refusalOf('d', [migration('1', 'a')], new Map([['1', 'z']]))).toMatch(/not the one/)
})
