import { expect, test } from 'vitest'
import { withProgress } from './progress.mjs'

function recorder(isTTY) {
  let text = ''
  return { isTTY, write: (chunk) => (text += chunk), text: () => text }
}

test('a step says when it begins and how long it took', async () => {
  const out = recorder(false)
  expect(await withProgress('installing', async () => 42, out)).toBe(42)
  expect(out.text()).toBe('aftermath: installing … 0 s\naftermath: installing … 0 s\n')
})

test('at a terminal it keeps to one line', async () => {
  const out = recorder(true)
  await withProgress('installing', async () => {}, out)
  expect(out.text()).toBe('\raftermath: installing … 0 s\raftermath: installing … 0 s\n')
})

test('a step that fails ends its line too', async () => {
  const out = recorder(true)
  const failing = withProgress('installing', () => Promise.reject(new Error('no')), out)
  await expect(failing).rejects.toThrow('no')
  expect(out.text()).toMatch(/\n$/)
})
