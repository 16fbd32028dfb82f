import { expect, test } from 'vitest'
import { createPause } from './pause.ts'

test('what is alone waits for what runs, and holds back what comes', async () => {
  const pause = createPause()
  const events: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = pause.together(async () => {
    events.push('first begins')
    await gate.promise
    events.push('first ends')
  })
  await Promise.resolve()
  const alone = pause.alone(async () => void events.push('alone'))
  const second = pause.together(async () => void events.push('second'))
  gate.resolve()
  await Promise.all([first, alone, second])
  expect(events).toEqual(['first begins', 'first ends', 'alone', 'second'])
})

test('a failure is told to whoever asked, and holds nobody up', async () => {
  const pause = createPause()
  const failing = async () => {
    throw new Error('failed')
  }
  await expect(pause.alone(failing)).rejects.toThrow('failed')
  await expect(pause.together(failing)).rejects.toThrow('failed')
  expect(await pause.alone(async () => 1)).toBe(1)
})
