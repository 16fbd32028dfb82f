import { expect, test } from 'vitest'
import { fixedAddress } from './fixed-address.ts'

const nowMs = Date.parse('2026-03-04T15:00:30Z')

test('fixes the default range, and keeps what else the address says', () => {
  const url = new URL(fixedAddress('http://host/p/default/?env=production', nowMs))
  expect(Object.fromEntries(url.searchParams)).toEqual({
    env: 'production',
    from: '2026-03-03T15:00Z',
    to: '2026-03-04T15:00Z',
  })
})

test('leaves a range that was fixed already as it is', () => {
  const address = 'http://host/p/default/?from=2026-03-01T00%3A00Z&to=2026-03-02T00%3A00Z'
  expect(fixedAddress(address, nowMs)).toBe(address)
})
