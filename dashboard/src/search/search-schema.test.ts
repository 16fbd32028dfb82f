import { expect, test } from 'vitest'
import { isOwnAddress, ReleaseSearch, readSearch, SharedSearch } from './search-schema.ts'

test('drops a bad value, says so, and keeps the rest', () => {
  const { search, dropped } = readSearch(SharedSearch, {
    from: 'garbage',
    to: 'now',
    tz: 'Mars',
    env: 'production',
  })
  expect(search).toEqual({ from: undefined, to: 'now', tz: undefined, env: 'production' })
  expect(dropped).toEqual([
    { name: 'from', value: 'garbage' },
    { name: 'tz', value: 'Mars' },
  ])
})

test.each([['-24h'], ['now'], ['2026-03-04T14:02Z'], ['2026-03-04T14:02:00.123+02:00']])(
  'takes %s for a time',
  (from) => {
    expect(readSearch(SharedSearch, { from }).dropped).toEqual([])
  },
)

test.each([['-24x'], ['foo 1'], [''], ['2026-13-40T00:00Z'], ['-999999h']])(
  'does not take %j for a time',
  (from) => {
    expect(readSearch(SharedSearch, { from }).dropped).toHaveLength(1)
  },
)

test('leaves out fields that the page does not have', () => {
  expect(readSearch(ReleaseSearch, { tab: 'operations', evil: '1' }).search).toEqual({
    tab: 'operations',
  })
})

test.each([
  ['/p/default/?env=a', true],
  ['//evil.example', false],
  ['/\\evil.example', false],
  ['/\t/evil.example', false],
  ['https://evil.example', false],
  ['javascript:alert(1)', false],
])('tells whether %j is an address of this dashboard: %s', (address, own) => {
  expect(isOwnAddress(address)).toBe(own)
})
