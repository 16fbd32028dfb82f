import type { Attempt } from '@aftermath/schemas/api/onboarding'
import { expect, test } from 'vitest'
import { attemptsMax, mergeAttempts } from './use-attempt-stream.ts'

const attempt = (id: number): Attempt => ({
  id,
  at: new Date(id * 1000).toISOString(),
  what: 'traces',
  outcome: 'accepted',
  status: 200,
  reason: null,
  detail: '',
  fix: null,
  items: 1,
  rejectedItems: 0,
  service: 'shop',
  version: '1.0.0',
  environment: 'production',
  sender: '127.0.0.1',
})

test('shows an attempt once that came by stream and by list', () => {
  const merged = mergeAttempts([attempt(3), attempt(2)], [attempt(2), attempt(1)])
  expect(merged.map(({ id }) => id)).toEqual([3, 2, 1])
})

test('keeps the newest when there are more than a screen can use', () => {
  const many = Array.from({ length: attemptsMax + 20 }, (_, id) => attempt(id))
  const merged = mergeAttempts([], many)
  expect(merged).toHaveLength(attemptsMax)
  expect(merged[0]?.id).toBe(attemptsMax + 19)
})
