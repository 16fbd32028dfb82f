import { expect, test } from 'vitest'
import { nodeDisk, type Disk } from './disk.ts'
import {
  noon,
  open,
  openAtOnce,
  request,
  sealedNow,
  segmentsIn,
  temporaryDirectory,
  texts,
} from './testing.ts'

// Of the backlog only the newest segment is read before the first request.
const limits = { segmentBytesMax: 300, resendTailBytesMax: 0 }

async function leaveBacklog(dir: string): Promise<void> {
  await using journal = await open(dir, { limits })
  for (const text of ['a', 'b', 'c', 'd', 'e']) await journal.append(request(text))
}

/** Reads of all but the newest segment wait until they are let through. */
async function slowDisk(dir: string) {
  const newest = (await segmentsIn(dir)).at(-1) ?? ''
  const gate = Promise.withResolvers<void>()
  const disk: Disk = {
    ...nodeDisk,
    async read(path, position, lengthBytes) {
      if (lengthBytes > 64 && path.endsWith('.seg') && !path.endsWith(newest)) await gate.promise
      return nodeDisk.read(path, position, lengthBytes)
    },
  }
  return { disk, letThrough: gate.resolve }
}

test('requests are taken while the backlog is still being read, and its batches come first', async () => {
  await using dir = await temporaryDirectory()
  await leaveBacklog(dir.path)
  const { disk, letThrough } = await slowDisk(dir.path)
  await using journal = await openAtOnce(dir.path, { disk, limits: { ...limits, batchRowsMax: 1 } })
  expect(await journal.append(request('new'))).toMatchObject({ outcome: 'durable' })
  letThrough()
  await journal.recovered
  expect(await texts(journal)).toEqual(['a', 'b', 'c', 'd', 'e', 'new'])
  const ids = (await sealedNow(journal)).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a stop in the middle of reading the backlog loses none of it', async () => {
  await using dir = await temporaryDirectory()
  await leaveBacklog(dir.path)
  const { disk, letThrough } = await slowDisk(dir.path)
  {
    const journal = await openAtOnce(dir.path, { disk, limits })
    await journal.append(request('new'))
    const closed = journal[Symbol.asyncDispose]()
    letThrough()
    await closed
  }
  await using journal = await open(dir.path, { limits })
  expect((await texts(journal)).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'new'])
  expect(journal.stats().damagedRecords).toBe(0)
})

test('segments of the backlog stay until they were read, whatever the new ones do', async () => {
  await using dir = await temporaryDirectory()
  await leaveBacklog(dir.path)
  const before = await segmentsIn(dir.path)
  const { disk, letThrough } = await slowDisk(dir.path)
  await using journal = await openAtOnce(dir.path, { disk, limits })
  for (const text of ['x', 'y', 'z']) await journal.append(request(text))
  expect(await segmentsIn(dir.path)).toEqual(expect.arrayContaining(before))
  letThrough()
  await journal.flush()
  for (const batch of await sealedNow(journal)) await journal.release(batch)
  expect((await segmentsIn(dir.path)).filter((name) => before.includes(name))).toEqual([])
})

test('while an earlier life is still being read, the journal does not look empty', async () => {
  await using dir = await temporaryDirectory()
  await leaveBacklog(dir.path)
  const { disk, letThrough } = await slowDisk(dir.path)
  await using journal = await openAtOnce(dir.path, { disk, limits })
  // Whoever waits for everything to be stored must not be told that it is.
  expect(journal.stats()).toMatchObject({ sealedBatches: 0, oldestMs: noon })
  letThrough()
  await journal.recovered
  for (const batch of await sealedNow(journal)) await journal.release(batch)
  expect(journal.stats().oldestMs).toBeUndefined()
})
