import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { JournalLocked } from './journal-errors.ts'
import { open, temporaryDirectory } from './testing.ts'

test('a second opening is refused with the pid of the holder', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  const error = await open(dir.path).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(JournalLocked)
  expect(error).toMatchObject({ holderPid: process.pid })
  expect(journal.stats().state).toBe('open')
})

test('the lock of a killed process is free at once', async () => {
  await using dir = await temporaryDirectory()
  const driver = new URL('./fixtures/append-until-killed.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [driver, dir.path, '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data') // it appends: it has the lock
  const error = await open(dir.path).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ name: 'JournalLocked', holderPid: child.pid })

  child.kill('SIGKILL')
  await once(child, 'exit')
  await using journal = await open(dir.path)
  expect(journal.stats().state).toBe('open')
})

test('a closed journal can be opened again', async () => {
  await using dir = await temporaryDirectory()
  await (await open(dir.path))[Symbol.asyncDispose]()
  await using journal = await open(dir.path)
  expect(journal.stats().segments).toBe(0)
})
