import { expect, test } from 'vitest'
import { agesOf } from './arrivals.ts'

const sent = {
  before: 50,
  itemsPerRequest: 10,
  itemsPerSecond: 100,
  requests: 4,
  startedAtMs: 1000,
}

test('a request is seen when the spans of all before it are', () => {
  const sightings = [
    { atMs: 900, spans: 50 },
    { atMs: 1150, spans: 70 },
    { atMs: 1500, spans: 90 },
  ]
  // Due after 0, 100, 200 and 300 ms.
  expect(agesOf(sightings, sent)).toEqual([150, 50, 300, 200])
})

test('what was never seen has no age', () => {
  expect(agesOf([{ atMs: 1100, spans: 65 }], sent)).toEqual([100])
})
