import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FairBudget } from './fair-budget.ts'

const limits = { max: 100, keyMin: 5, activeMs: 1000 }
const open = () => new FairBudget(limits)

test('one key alone may have all of it', () => {
  const budget = open()
  for (let i = 0; i < 10; i++) expect(budget.take(1, 10, 0, 0)).toBe(true)
  expect(budget.take(1, 1, 0, 0)).toBe(false)
  budget.give(1, 10)
  expect(budget.take(1, 10, 0, 0)).toBe(true)
})

test('past the half, a greedy key stops at its share and leaves room for the other', () => {
  const budget = open()
  budget.take(2, 1, 0, 0)
  let greedy = 0
  while (budget.take(1, 1, 0, 0)) greedy++
  expect(greedy).toBe(50)
  let other = 1
  while (budget.take(2, 1, 0, 0)) other++
  expect(other).toBe(50)
})

test('a key that was heard of a moment ago keeps its room, one that went away does not', () => {
  const budget = open()
  budget.take(2, 1, 0, 0)
  budget.give(2, 1)
  for (let i = 0; i < 50; i++) budget.take(1, 1, 0, 500)
  expect(budget.take(1, 1, 0, 500)).toBe(false)
  expect(budget.take(1, 1, 0, 1501)).toBe(true)
})

test('many keys have a minimum each while there is room', () => {
  const budget = open()
  for (let key = 0; key < 40; key++) budget.fits(key, 0, 0, 0)
  for (let key = 0; key < 12; key++) for (let i = 0; i < 5; i++) budget.take(key, 1, 0, 0)
  expect(budget.held).toBe(60)
  expect(budget.take(0, 1, 0, 0)).toBe(false)
  expect(budget.take(20, 1, 0, 0)).toBe(true)
})

test('a request that is larger than the bound goes alone, however it arrives', () => {
  const budget = open()
  expect(budget.take(1, 150, 0, 0)).toBe(true)
  expect(budget.take(1, 50, 150, 0)).toBe(true)
  expect(budget.take(2, 1, 0, 0)).toBe(false)
  budget.give(1, 200)
  expect(budget.take(2, 1, 0, 0)).toBe(true)
  expect(budget.take(1, 150, 0, 0)).toBe(false)
})

test('a request that is larger than its key’s share goes when its key sends nothing else', () => {
  const budget = open()
  for (let key = 2; key < 12; key++) budget.take(key, 4, 0, 0)
  expect(budget.take(1, 20, 0, 0)).toBe(true)
  expect(budget.take(1, 20, 0, 0)).toBe(false)
})

test('what is given back is free again, and several requests never exceed the whole', () => {
  const request = fc.record({ key: fc.nat(4), amount: fc.integer({ min: 1, max: 60 }) })
  fc.assert(
    fc.property(fc.array(fc.tuple(request, fc.boolean())), (steps) => {
      const budget = open()
      const held: { key: number; amount: number }[] = []
      for (const [{ key, amount }, gives] of steps) {
        if (gives && held.length > 0) {
          const back = held.shift()!
          budget.give(back.key, back.amount)
        } else if (budget.take(key, amount, 0, 0)) held.push({ key, amount })
        const sum = held.reduce((total, one) => total + one.amount, 0)
        expect(budget.held).toBe(sum)
        if (held.length > 1) expect(sum).toBeLessThanOrEqual(limits.max)
      }
      for (const { key, amount } of held) budget.give(key, amount)
      expect(budget.held).toBe(0)
      expect(budget.take(9, limits.max, 0, 0)).toBe(true)
    }),
  )
})
