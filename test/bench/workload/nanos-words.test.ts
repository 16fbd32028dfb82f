import { expect, test } from 'vitest'
import { seededRandom } from '../../harness/random.ts'
import { nanosWords } from './nanos-words.ts'

test('two words hold what a bigint holds', () => {
  const random = seededRandom(1)
  const whole = (most: number) => Math.floor(random() * most)
  for (let nth = 0; nth < 10_000; nth++) {
    const ms = whole(Date.UTC(2200, 0))
    const ns = whole(nth % 2 === 0 ? 2 ** 52 : 1_000_000)
    const { low, high } = nanosWords(ms, ns)
    expect((BigInt(high) << 32n) + BigInt(low)).toBe(BigInt(ms) * 1_000_000n + BigInt(ns))
  }
})
