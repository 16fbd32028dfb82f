import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KINDS, requests } from '../test/arbitrary-request.ts'
import { attribute, double, message, text, varint } from '../test/encode.ts'
import { decode } from '../test/oracle.ts'
import { LIMITS, request, span } from '../test/requests.ts'
import { sdkLogs, sdkMetrics, sdkTraces } from '../test/sdk-telemetry.ts'
import { checkRequest, countRows, eventMinutes, type SignalKind } from './check.ts'

test('any bytes get an answer', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.uint8Array({ maxLength: 200 }), (kind, bytes) => {
      checkRequest(kind, bytes, LIMITS)
    }),
  )
})

test('a real request with bytes changed, removed or put in gets an answer', async () => {
  const real: Record<SignalKind, Uint8Array> = {
    traces: sdkTraces().protobuf,
    logs: sdkLogs().protobuf,
    metrics: (await sdkMetrics()).protobuf,
  }
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 300 })), { maxLength: 5 })
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), changes, (kind, list) => {
      const bytes = list.reduce((changed, [at, what]) => change(changed, at, what), real[kind])
      checkRequest(kind, bytes, LIMITS)
    }),
    { numRuns: 3000 },
  )
})

test('a well-formed request is taken, however unusual its encoding', () => {
  fc.assert(
    fc.property(requests, ({ kind, bytes }) => {
      expect(checkRequest(kind, bytes, LIMITS)).toMatchObject({ outcome: 'ok' })
    }),
    { numRuns: 2000 },
  )
})

test('checking the result again changes nothing', () => {
  fc.assert(
    fc.property(requests, ({ kind, bytes }) => {
      const once = checkRequest(kind, bytes, LIMITS)
      if (once.outcome !== 'ok') return
      const twice = checkRequest(kind, once.bytes, LIMITS)
      expect(twice).toMatchObject({ outcome: 'ok', rejected: undefined, rows: once.rows })
      expect(twice.outcome === 'ok' && twice.bytes === once.bytes).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('an attribute is judged alike by the shortcut and by the walk', () => {
  const members = fc.constantFrom(
    text(1, 'value'),
    text(1, 'é'),
    text(1, ''),
    varint(2, 1),
    varint(2, 2),
    varint(3, 2n ** 40n),
    varint(3, -1),
    double(4, 1.5),
  )
  const changes = fc.array(fc.tuple(fc.nat(20), fc.nat(255)), { maxLength: 2 })
  fc.assert(
    fc.property(fc.constantFrom('k', 'é', ''), members, changes, (key, member, list) => {
      const pair = attribute(9, key, member).slice(2)
      for (const [at, byte] of list) if (at < pair.length) pair[at] = byte
      // An unknown field in front keeps the shortcut from being taken.
      const [short, long] = [message(9, pair), message(9, varint(90, 1), pair)].map((field) => {
        const bytes = request(span(field))
        const outcome = checkRequest('traces', bytes, LIMITS)
        return [outcome.outcome, outcome.outcome === 'ok' && outcome.bytes === bytes]
      })
      expect(short).toEqual(long)
    }),
    { numRuns: 5000 },
  )
})

test('what is counted is what another decoder finds', () => {
  fc.assert(
    fc.property(requests, ({ kind, bytes }) => {
      const checked = checkRequest(kind, bytes, LIMITS)
      if (checked.outcome !== 'ok') return
      expect(countRows(kind, checked.bytes)).toEqual(checked.rows)
      expect(countItems(decode(kind, checked.bytes))).toBe(checked.items)
      const minutes = [...eventMinutes(kind, checked.bytes).values()].flatMap((set) => [...set])
      const minuteOf = (timeMs: number) => Math.floor(timeMs / 60_000) * 60
      // The earliest and latest are those of the items, unless an item has no time at all.
      for (const minute of minutes) {
        expect(minute).toBeGreaterThanOrEqual(minuteOf(checked.earliestMs))
        expect(minute).toBeLessThanOrEqual(minuteOf(checked.latestMs))
      }
      if (checked.items > 0 && kind !== 'logs') {
        expect(minutes).toContain(minuteOf(checked.earliestMs))
        expect(minutes).toContain(minuteOf(checked.latestMs))
      }
    }),
    { numRuns: 2000 },
  )
})

function change(bytes: Uint8Array, at: number, what: number): Uint8Array {
  const position = at % (bytes.length + 1)
  const before = bytes.subarray(0, position)
  if (what < 256) return Buffer.concat([before, Buffer.from([what]), bytes.subarray(position + 1)])
  const gap = what - 256
  return gap < 22
    ? Buffer.concat([before, bytes.subarray(position + gap)])
    : Buffer.concat([before, Buffer.alloc(gap - 22, 0xff), bytes.subarray(position)])
}

const ITEM_LISTS = new Set(['spans', 'log_records', 'data_points'])

function countItems(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + countItems(one), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [key, child]) =>
      sum + (ITEM_LISTS.has(key) && Array.isArray(child) ? child.length : countItems(child)),
    0,
  )
}
