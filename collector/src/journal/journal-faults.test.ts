import { expect, test, vi } from 'vitest'
import {
  failingDisk,
  type DiskOperation,
  type FailingDisk,
  type Fault,
} from './fixtures/failing-disk.ts'
import { JournalBroken, type Journal } from './journal.ts'
import {
  listeningLog,
  onlyBatch,
  open,
  request,
  sealedNow,
  temporaryDirectory,
  texts,
} from './testing.ts'

const limits = { diskCheckMs: 5, brokenRetryMs: 10, retryAfterMs: 1, segmentBytesMax: 700 } // two groups each

type Outcome = 'durable' | 'folded' | 'full' | 'broken'

async function outcomeOf(journal: Journal, text: string): Promise<Outcome> {
  try {
    return (await journal.append(request(text))).outcome
  } catch (error) {
    expect(error).toBeInstanceOf(JournalBroken)
    return 'broken'
  }
}

/** Appends in groups of three, failing in between, until the disk works again. */
async function appendThrough(journal: Journal, disk: FailingDisk, faults: [Fault, number][]) {
  const outcomes = new Map<string, Outcome>()
  const appendGroup = (group: string) =>
    Promise.all(
      ['a', 'b', 'c'].map(async (member) => {
        const text = `${group}${member}`
        outcomes.set(text, await outcomeOf(journal, text))
      }),
    )
  for (let i = 0; i < 3; i++) await appendGroup(`before-${i}`)
  for (const [fault, times] of faults) disk.fail(fault, times)
  for (let i = 0; i < 4; i++) await appendGroup(`during-${i}`)
  let attempt = 0
  await vi.waitFor(async () =>
    expect(await outcomeOf(journal, `probe-${attempt++}`)).toBe('durable'),
  )
  outcomes.set(`probe-${attempt - 1}`, 'durable')
  await appendGroup('after')
  return outcomes
}

function durable(outcomes: Map<string, Outcome>): string[] {
  return [...outcomes].filter(([, outcome]) => outcome === 'durable').map(([text]) => text)
}

const operations: DiskOperation[] = ['write', 'datasync', 'create', 'syncDirectory']
const cases = operations.flatMap((operation) =>
  (operation === 'write'
    ? (['EIO', 'ENOSPC', 'short'] as const)
    : (['EIO', 'ENOSPC'] as const)
  ).flatMap((failure) =>
    [1, 2, 3].flatMap((times) =>
      [true, false].map((survives) => ({ operation, failure, times, survives })),
    ),
  ),
)

test.each(cases)(
  'after $times × $failure from $operation the acknowledged are there, the refused are not (cut fails: $survives)',
  async ({ operation, failure, times, survives }) => {
    await using dir = await temporaryDirectory()
    const disk = failingDisk()
    const faults: [Fault, number][] = [[{ operation, failure }, times]]
    // What was refused stays in the file: only the ABORT keeps it from coming back.
    if (survives) faults.push([{ operation: 'truncate', failure: 'EIO' }, 5])
    let outcomes: Map<string, Outcome>
    {
      await using journal = await open(dir.path, { disk, limits })
      outcomes = await appendThrough(journal, disk, faults)
      expect((await texts(journal)).toSorted()).toEqual(durable(outcomes).toSorted())
    }
    expect(disk.syncsAfterFailure).toBe(0)
    expect(disk.pending(operation)).toBe(0)

    await using journal = await open(dir.path, { limits })
    expect((await texts(journal)).toSorted()).toEqual(durable(outcomes).toSorted())
    expect(journal.stats().damagedRecords).toBe(0)
  },
)

test('a group whose sync failed is answered as broken, and the next one goes through', async () => {
  await using dir = await temporaryDirectory()
  const disk = failingDisk()
  await using journal = await open(dir.path, { disk, limits })
  expect(await outcomeOf(journal, 'a')).toBe('durable')
  disk.fail({ operation: 'datasync', failure: 'EIO' }, 1)
  expect(await outcomeOf(journal, 'b')).toBe('broken')
  expect(await outcomeOf(journal, 'c')).toBe('durable')
  expect(await texts(journal)).toEqual(['a', 'c'])
})

test('a disk that fails twice in a row is left alone for a while, then tried again', async () => {
  await using dir = await temporaryDirectory()
  const disk = failingDisk()
  const { log, messages } = listeningLog()
  await using journal = await open(dir.path, {
    disk,
    limits: { ...limits, brokenRetryMs: 50 },
    log,
  })
  await journal.append(request('a'))
  disk.fail({ operation: 'datasync', failure: 'EIO' }, 2)
  await expect(journal.append(request('b'))).rejects.toMatchObject({ retryAfterMs: 50 })
  expect(journal.stats().state).toBe('failed')
  await expect(journal.append(request('c'))).rejects.toBeInstanceOf(JournalBroken)
  await vi.waitFor(() => expect(journal.stats().state).toBe('open'))
  expect(await outcomeOf(journal, 'd')).toBe('durable')
  expect(messages).toContain('The journal cannot be written')
})

test('a disk without room answers full, and takes again when it has some', async () => {
  await using dir = await temporaryDirectory()
  const disk = failingDisk()
  await using journal = await open(dir.path, { disk, limits })
  await journal.append(request('a'))
  disk.fail({ operation: 'write', failure: 'ENOSPC' }, 1)
  expect(await journal.append(request('b'))).toEqual({ outcome: 'full', retryAfterMs: 1 })
  await vi.waitFor(async () => expect(await outcomeOf(journal, 'c')).toBe('durable'))
  expect(await texts(journal)).toEqual(['a', 'c'])
})

test.each(['writeFile', 'rename', 'syncDirectory'] as const)(
  'nothing is taken before batch ids are durably reserved (%s fails)',
  async (operation) => {
    await using dir = await temporaryDirectory()
    const disk = failingDisk()
    await using journal = await open(dir.path, { disk, limits })
    disk.fail({ operation, failure: 'EIO' }, 1)
    expect(await outcomeOf(journal, 'a')).toBe('broken')
    await vi.waitFor(async () => expect(await outcomeOf(journal, 'b')).toBe('durable'))
    expect(await texts(journal)).toEqual(['b'])
  },
)

test('a SEAL that found no room is written later: no batch is handed out without', async () => {
  await using dir = await temporaryDirectory()
  const disk = failingDisk()
  await using journal = await open(dir.path, { disk, limits })
  await journal.append(request('a'))
  disk.fail({ operation: 'write', failure: 'ENOSPC' }, 2)
  await expect(journal.flush()).rejects.toThrow('the disk is full')
  expect(journal.stats()).toMatchObject({ openBatches: 1, sealedBatches: 0 })
  await vi.waitFor(() => expect(journal.stats().sealedBatches).toBe(1))
})

test('a DONE that cannot be written costs no more than counting again', async () => {
  await using dir = await temporaryDirectory()
  const disk = failingDisk()
  {
    await using journal = await open(dir.path, { disk, limits })
    await journal.append(request('a'))
    const batch = await onlyBatch(journal)
    disk.fail({ operation: 'write', failure: 'ENOSPC' }, 1)
    await journal.release(batch)
    expect(await sealedNow(journal)).toEqual([])
  }
  await using journal = await open(dir.path, { limits })
  expect(await texts(journal)).toEqual(['a'])
  expect(await sealedNow(journal)).toMatchObject([{ mayBeStored: true }])
})

test.each(['writeFile', 'rename', 'syncDirectory', 'unlink'] as const)(
  'segments that could not be freed when %s failed go later, and nothing is reported missing',
  async (operation) => {
    await using dir = await temporaryDirectory()
    const disk = failingDisk()
    {
      await using journal = await open(dir.path, { disk, limits })
      for (const text of ['a', 'b', 'c']) {
        await journal.append(request(text.repeat(300)))
        await journal.flush()
      }
      const [a, b] = await sealedNow(journal)
      disk.fail({ operation, failure: 'EIO' }, 1)
      await journal.release(a!)
      const { segments } = journal.stats()
      await journal.release(b!)
      expect(journal.stats().segments).toBeLessThan(segments)
    }
    await using journal = await open(dir.path, { limits })
    expect(await texts(journal)).toEqual(['c'.repeat(300)])
    expect(journal.stats().damagedRecords).toBe(0)
  },
)
