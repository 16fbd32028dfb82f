import { expect, test } from 'vitest'
import { dataFirst } from './job.ts'

/** How long one run waits in all, asked three times, if data waits for so long. */
async function waitedFor(behindMs: number): Promise<number> {
  let atMs = 0
  const letDataPass = dataFirst(
    () => atMs < behindMs,
    (ms) => {
      atMs += ms
      return Promise.resolve()
    },
  )
  for (let part = 0; part < 3; part++) await letDataPass()
  return atMs
}

test('a job waits for data that waits for its table', async () => {
  expect(await waitedFor(0)).toBe(0)
  expect(await waitedFor(3000)).toBe(3000)
})

test('a load that never ends does not keep jobs away for ever', async () => {
  expect(await waitedFor(Infinity)).toBe(15_000)
})
