import { expect, test } from 'vitest'
import { openAttempts } from './attempts.ts'

const attempt = (what: string, outcome: 'accepted' | 'refused' = 'accepted') => ({
  at: '2026-01-01T00:00:00.000Z',
  what,
  outcome,
  status: outcome === 'accepted' ? 200 : 401,
  reason: outcome === 'accepted' ? null : 'auth',
  detail: '',
  fix: null,
  items: 1,
  rejectedItems: 0,
  service: 'shop',
  version: '1',
  environment: null,
  sender: '127.0.0.1',
})

test('keeps the newest 50 of a project, newest first', () => {
  const attempts = openAttempts(() => 0)
  for (let i = 0; i < 60; i++) attempts.record('default', attempt(`kind-${i}`))
  const recent = attempts.recent('default')
  expect(recent).toHaveLength(50)
  expect(recent[0]?.what).toBe('kind-59')
  expect(attempts.recent('other')).toEqual([])
})

test('folds what looks the same within a second, and nothing else', () => {
  let nowMs = 0
  const attempts = openAttempts(() => nowMs)
  attempts.record('default', attempt('traces'))
  attempts.record('default', attempt('traces'))
  attempts.record('default', attempt('traces', 'refused'))
  nowMs = 1000
  attempts.record('default', attempt('traces'))
  expect(attempts.recent('default').map(({ outcome }) => outcome)).toEqual([
    'accepted',
    'refused',
    'accepted',
  ])
})

test('a follower gets what comes after it began, of its project alone', async () => {
  const attempts = openAttempts(() => 0)
  const stop = new AbortController()
  const followed = attempts.follow('default', stop.signal)[Symbol.asyncIterator]()
  const next = followed.next()
  attempts.record('other', attempt('logs'))
  attempts.record('default', attempt('metrics'))
  expect((await next).value?.what).toBe('metrics')
  stop.abort()
  expect((await followed.next()).done).toBe(true)
})
