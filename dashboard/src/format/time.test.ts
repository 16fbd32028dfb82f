import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAge, formatMoment, fromLocalField, isTimeZone, toLocalField } from './time.ts'

const nowMs = Date.parse('2026-03-04T15:00:00Z')

test.each([
  ['2026-03-04T14:02:00Z', '14:02'],
  ['2026-03-03T14:02:00Z', '3 Mar 14:02'],
  ['2025-03-04T14:02:00Z', '4 Mar 2025 14:02'],
])('names of %s what the reader does not know already: %s', (at, text) => {
  expect(formatMoment(Date.parse(at), nowMs, 'UTC')).toBe(text)
})

test('shows a moment in the zone that was chosen', () => {
  expect(formatMoment(Date.parse('2026-03-04T14:02:00Z'), nowMs, 'Asia/Kolkata')).toBe('19:32')
})

test.each([
  [2, 'just now'],
  [-3, 'just now'],
  [240, '4 min ago'],
  [-240, 'in 4 min'],
])('says %s s ago as %s', (seconds, text) => {
  expect(formatAge(nowMs - seconds * 1000, nowMs).replaceAll('\u00a0', ' ')).toBe(text)
})

test.each([
  ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'], // skipped: clocks go from 02:00 to 03:00
  ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'], // happens twice: the first one
  ['2026-07-01T12:00', '2026-07-01T10:00:00.000Z'],
])('reads the field %s in Berlin as %s', (field, at) => {
  expect(new Date(fromLocalField(field, 'Europe/Berlin') ?? 0).toISOString()).toBe(at)
})

test('reads nothing from an empty field', () => {
  expect(fromLocalField('', 'UTC')).toBeUndefined()
})

test('reads back the same field that it wrote', () => {
  const minute = fc.integer({ min: 25_000_000, max: 32_000_000 }).map((at) => at * 60_000)
  fc.assert(
    fc.property(minute, (timeMs) => {
      const field = toLocalField(timeMs, 'America/New_York')
      const read = fromLocalField(field, 'America/New_York') ?? 0
      expect(toLocalField(read, 'America/New_York')).toBe(field)
    }),
  )
})

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars', false],
])('knows whether %s is a zone: %s', (name, known) => {
  expect(isTimeZone(name)).toBe(known)
})
