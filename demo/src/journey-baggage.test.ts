import { propagation } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { packBaggage, shiftSecondsOf, unpackBaggage } from './journey-baggage.ts'
import { journeysOfMinute } from './story.ts'

const [journey] = journeysOfMinute(1, Date.UTC(2026, 0, 5))

test.each([0, -1, -18_000])('a shift of %d s survives the header', (shiftSeconds) => {
  const header = packBaggage(journey!, shiftSeconds)
  expect(shiftSecondsOf(header)).toBe(shiftSeconds)
  const entries = header.split(',').map((entry) => {
    const [key = '', value = ''] = entry.split('=')
    return [key, { value: decodeURIComponent(value) }]
  })
  const luggage = unpackBaggage(propagation.createBaggage(Object.fromEntries(entries)))
  expect(luggage).toMatchObject({ id: journey!.id, shiftSeconds })
  expect(luggage.versionOf('checkout')).toBe(journey!.versions.checkout)
})

test.each([undefined, '', 'other.shift_s=-5', 'shop.shift_s=yesterday'])(
  'a header without a shift is of the present: %s',
  (header) => {
    expect(shiftSecondsOf(header)).toBe(0)
  },
)
