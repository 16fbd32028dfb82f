import { expect, test } from 'vitest'
import { Rates } from './rates.ts'

const rate = { requestsPerSecond: 10, bytesPerSecond: 1000, burstSeconds: 2 }

test('a key may send two seconds’ worth at once, then at its rate', () => {
  const rates = new Rates(rate)
  for (let i = 0; i < 20; i++) expect(rates.request(1, 0)).toBe(0)
  expect(rates.request(1, 0)).toBe(100)
  expect(rates.request(1, 99)).toBe(1)
  expect(rates.request(1, 100)).toBe(0)
  expect(rates.request(1, 100)).toBe(100)
})

test('a long silence saves no more than the burst', () => {
  const rates = new Rates(rate)
  rates.request(1, 0)
  let sent = 0
  while (rates.request(1, 1e9) === 0) sent++
  expect(sent).toBe(20)
})

test('bytes that came beyond the rate are waited for', () => {
  const rates = new Rates(rate)
  expect(rates.request(1, 0)).toBe(0)
  rates.bytes(1, 5000, 0)
  const waitMs = rates.request(1, 0)
  expect(waitMs).toBe(3001)
  expect(rates.request(1, waitMs)).toBe(0)
})

test('one key’s rate is not another’s', () => {
  const rates = new Rates(rate)
  while (rates.request(1, 0) === 0);
  expect(rates.request(2, 0)).toBe(0)
})

test('a clock that goes back takes nothing away', () => {
  const rates = new Rates(rate)
  rates.request(1, 1000)
  expect(rates.request(1, 0)).toBe(0)
})
