import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { open, request, sealedNow, temporaryDirectory, texts } from './testing.ts'

test('what was acknowledged is there after reopening, once', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path)
    expect(await journal.append(request('a'))).toMatchObject({ outcome: 'durable' })
    expect(await journal.append(request('b'))).toMatchObject({ outcome: 'durable' })
  }
  await using journal = await open(dir.path)
  expect(await texts(journal)).toEqual(['a', 'b'])
  expect(journal.stats()).toMatchObject({ damagedRecords: 0, tornTails: 0 })
})

test('many requests at once share a few syncs', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await Promise.all(Array.from({ length: 500 }, (_, i) => journal.append(request(`r${i}`))))
  expect(journal.stats().syncCount).toBeLessThan(10)
  expect(await texts(journal)).toHaveLength(500)
})

test('a released batch does not come back, and its segment goes', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path, { limits: { segmentBytesMax: 256 } })
    await journal.append(request('first'))
    await journal.flush()
    const [first] = await sealedNow(journal)
    await journal.append(request('second'))
    await journal.flush()
    await journal.release(first!)
    expect(journal.stats().sealedBatches).toBe(1)
  }
  await using journal = await open(dir.path)
  expect(await texts(journal)).toEqual(['second'])
  const [second] = await sealedNow(journal)
  await journal.release(second!)
  expect((await readdir(dir.path)).filter((name) => name.endsWith('.seg'))).toHaveLength(1)
})
