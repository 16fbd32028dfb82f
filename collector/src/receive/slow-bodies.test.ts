import { expect, test, vi } from 'vitest'
import { isTooSlow, watchSlowBodies } from './slow-bodies.ts'

const limits = { slowBytesPerSecond: 1024, slowAfterMs: 5000, bodyMsMax: 60_000 }

test.each([
  [5120, 5000, false],
  [5119, 5000, true],
  [0, 5000, true],
])('%i bytes in %i ms are too slow: %s', (bytes, elapsedMs, expected) => {
  expect(isTooSlow(bytes, elapsedMs, limits)).toBe(expected)
})

test('a body that began quickly and then stalls is found in its next window', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] })
  try {
    using slowBodies = watchSlowBodies(limits)
    let gaveUp = 0
    const body = slowBodies.watch(() => gaveUp++)
    body.bytes += 10 * 2 ** 20
    vi.advanceTimersByTime(9000)
    expect(gaveUp).toBe(0)
    vi.advanceTimersByTime(1000)
    expect(gaveUp).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})

test('a body that keeps its rate is still given up in the end', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] })
  try {
    using slowBodies = watchSlowBodies(limits)
    let gaveUp = false
    const body = slowBodies.watch(() => (gaveUp = true))
    for (let second = 1; second <= 60; second++) {
      body.bytes += 1024
      vi.advanceTimersByTime(1000)
    }
    expect(gaveUp).toBe(false)
    vi.advanceTimersByTime(1000)
    expect(gaveUp).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})
