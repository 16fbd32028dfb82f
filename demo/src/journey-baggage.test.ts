import { propagation } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { packBaggage, timeInHeader, unpackBaggage, withTime } from './journey-baggage.ts'
import { journeysOfMinute } from './story.ts'

const [journey] = journeysOfMinute(1, Date.UTC(2026, 0, 5))

test.each([undefined, 1_767_600_000_000, 1_767_600_000_123.456])(
  'a journey at %s survives the header',
  (atMs) => {
    const header = packBaggage(journey!, atMs)
    expect(timeInHeader(header)).toBe(atMs)
    const entries = header.split(',').map((entry) => {
      const [key = '', value = ''] = entry.split('=')
      return [key, { value: decodeURIComponent(value) }]
    })
    const baggage = propagation.createBaggage(Object.fromEntries(entries))
    expect(unpackBaggage(baggage)).toMatchObject({ id: journey!.id, atMs })
    expect(unpackBaggage(baggage).versionOf('checkout')).toBe(journey!.versions.checkout)
    expect(unpackBaggage(withTime(baggage, 5)).atMs).toBe(5)
  },
)

test.each([undefined, '', 'other.at=5', 'shop.at=yesterday', ['shop.at=5']])(
  'a header without a time is of the present: %s',
  (header) => {
    expect(timeInHeader(header)).toBeUndefined()
  },
)
