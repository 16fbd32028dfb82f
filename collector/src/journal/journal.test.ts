import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { Batch } from './batch.ts'
import { nodeDisk, type Disk } from './disk.ts'
import { JournalTooNew } from './journal.ts'
import { parseRecordHeader } from './record-header.ts'
import { encodeSegmentHeader } from './segment-header.ts'
import {
  noon,
  onlyBatch,
  open,
  request,
  sealedNow,
  segmentsIn,
  temporaryDirectory,
  texts,
  textsOf,
  today,
} from './testing.ts'

afterEach(() => {
  vi.useRealTimers()
})

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

test('the answer says where the record is', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await journal.append(request('a'))
  const place = await journal.append(request('b'))
  expect(place).toEqual({ outcome: 'durable', segment: 1n, offsetBytes: 64 + 80 })
  const bytes = await readFile(join(dir.path, '0000000000000001.seg'))
  expect(parseRecordHeader(bytes, 64 + 80)).toMatchObject({ sequence: 2, items: 1, day: today })
})

test('many requests at once share a few syncs', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await Promise.all(Array.from({ length: 1000 }, (_, i) => journal.append(request(`r${i}`))))
  expect(journal.stats().syncCount).toBeLessThan(5) // the new segment's, and one or two groups
  expect(await texts(journal)).toHaveLength(1000)
})

test('requests wait no longer than the bound of the queue allows', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, { limits: { queueBytesMax: 10, retryAfterMs: 123 } })
  const outcomes = await Promise.all([
    journal.append(request('alone, though larger')),
    journal.append(request('second')),
  ])
  expect(outcomes).toEqual([
    expect.objectContaining({ outcome: 'durable' }),
    { outcome: 'full', retryAfterMs: 123 },
  ])
  expect(await texts(journal)).toEqual(['alone, though larger'])
})

test('a batch is sealed a second after it opened', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await journal.append(request('a'))
  vi.advanceTimersByTime(999)
  await journal.append(request('b'))
  expect(journal.stats()).toMatchObject({ openBatches: 1, sealedBatches: 0 })
  vi.advanceTimersByTime(1)
  await journal.append(request('c')) // the SEAL goes with it, or before
  const [sealed] = await sealedNow(journal)
  expect(await textsOf(sealed!)).toEqual(['a', 'b'])
  expect(journal.stats().openBatches).toBe(1)
})

test('a batch grows on while others wait for ClickHouse, and is sealed once they are stored', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, { limits: { waitingBatchesMax: 0 } })
  await journal.append(request('a'))
  vi.advanceTimersByTime(1000)
  await journal.append(request('b')) // the SEAL of the first goes with it, or before
  const [first] = await sealedNow(journal)
  vi.advanceTimersByTime(60_000)
  await journal.append(request('c'))
  expect(journal.stats()).toMatchObject({ openBatches: 1, sealedBatches: 1 })
  await journal.release(first!)
  vi.advanceTimersByTime(1000)
  await journal.append(request('d'))
  const [second] = await sealedNow(journal)
  expect(await textsOf(second!)).toEqual(['b', 'c'])
})

test('a batch is never out of sight: not while its SEAL is being written either', async () => {
  await using dir = await temporaryDirectory()
  let oldest: (number | undefined)[] = []
  const disk: Disk = {
    ...nodeDisk,
    async create(path) {
      const file = await nodeDisk.create(path)
      const look = () => oldest.push(journal.stats().oldestMs)
      return { ...file, datasync: () => (look(), file.datasync()) }
    },
  }
  const journal = await open(dir.path, { disk })
  await using _ = journal
  await journal.append(request('a'))
  oldest = []
  await journal.flush()
  expect(oldest.length).toBeGreaterThan(0)
  expect(oldest).toEqual(oldest.map(() => noon))
})

test('what has grown large is sealed though others wait', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await using dir = await temporaryDirectory()
  const limits = { waitingBatchesMax: 0, waitingBatchBytesMax: 5 }
  await using journal = await open(dir.path, { limits })
  await journal.append(request('first'))
  vi.advanceTimersByTime(1000)
  await journal.append(request('b')) // the SEAL of the first goes with it, or before
  vi.advanceTimersByTime(1000)
  await journal.append(request('cdef'))
  expect(journal.stats()).toMatchObject({ openBatches: 1, sealedBatches: 1 })
  vi.advanceTimersByTime(1000)
  await journal.append(request('g'))
  const [, second] = await sealedNow(journal)
  expect(await textsOf(second!)).toEqual(['b', 'cdef'])
})

test('a batch is sealed when it is full, without waiting', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, { limits: { batchRowsMax: 3 } })
  const waiting = journal.sealed(new AbortController().signal)[Symbol.asyncIterator]()
  for (const text of ['a', 'b', 'c', 'd']) await journal.append(request(text))
  const { value } = await waiting.next()
  expect(await textsOf(value)).toEqual(['a', 'b', 'c'])
  expect(value).toMatchObject({ requests: 3, items: 3, rows: { otel_traces: 3 }, bytes: 6 })
})

test('a batch tells what is in it', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  const rows = { otel_metrics_sum: 3, otel_metrics_gauge: 2 }
  const part = { kind: 'metrics' as const, projectNumber: 9, items: 5, rows }
  await journal.append(request('a', { ...part, receivedMs: noon + 5 }))
  await journal.append(request('b', { ...part, receivedMs: noon + 2 }))
  expect(await onlyBatch(journal)).toMatchObject({
    kind: 'metrics',
    projectNumber: 9,
    day: today,
    items: 10,
    requests: 2,
    rows: { otel_metrics_sum: 6, otel_metrics_gauge: 4 },
    survivingRows: { otel_metrics_sum: 6, otel_metrics_gauge: 4 },
    isDamaged: false,
    mayBeStored: false,
    sealedMs: noon,
    oldestMs: noon + 2,
  })
})

test('a batch keeps its id, members and counts over a restart, and may be stored then', async () => {
  await using dir = await temporaryDirectory()
  const facts = async () => {
    await using journal = await open(dir.path)
    if (journal.stats().sealedBatches === 0) {
      await journal.append(request('a', { rows: { otel_logs: 4 }, kind: 'logs' }))
      await journal.append(request('b', { rows: { otel_logs: 2 }, kind: 'logs' }))
    }
    const { id, kind, day, rows, requests, bytes, mayBeStored } = await onlyBatch(journal)
    return { id, kind, day, rows, requests, bytes, mayBeStored }
  }
  const before = await facts()
  const after = await facts()
  expect(before).toMatchObject({ rows: { otel_logs: 6 }, mayBeStored: false })
  expect(after).toEqual({ ...before, mayBeStored: true })
})

test('no batch id is used twice, over restarts and after the segments are gone', async () => {
  await using dir = await temporaryDirectory()
  const ids: bigint[] = []
  for (let life = 0; life < 5; life++) {
    await using journal = await open(dir.path)
    await journal.append(request(`life ${life}`))
    const batch = await onlyBatch(journal)
    ids.push(batch.id)
    await journal.release(batch)
  }
  expect(new Set(ids).size).toBe(5)
  expect(new Set(ids.map((id) => id >> 32n)).size).toBe(1) // one epoch
})

test.each(['lost', 'damaged'])('a journal whose cursor is %s takes a new epoch', async (how) => {
  await using dir = await temporaryDirectory()
  let before: bigint
  {
    await using journal = await open(dir.path)
    await journal.append(request('a'))
    before = (await onlyBatch(journal)).id
  }
  if (how === 'lost') await rm(join(dir.path, 'cursor'))
  else await writeFile(join(dir.path, 'cursor'), 'not a cursor')
  await using journal = await open(dir.path)
  await journal.append(request('b'))
  await journal.flush()
  const [old, fresh] = await sealedNow(journal)
  expect(old!.id).toBe(before)
  expect(fresh!.id >> 32n).not.toBe(before >> 32n)
})

test('a released batch does not come back, and its segment goes', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path, { limits: { segmentBytesMax: 256 } })
    await journal.append(request('first'))
    const first = await onlyBatch(journal)
    await journal.append(request('second'))
    await journal.flush()
    await journal.release(first)
    expect(journal.stats().sealedBatches).toBe(1)
  }
  await using journal = await open(dir.path)
  expect(await texts(journal)).toEqual(['second'])
  await journal.release(await onlyBatch(journal))
  expect(await segmentsIn(dir.path)).toHaveLength(1) // the one being written
  expect(journal.stats()).toMatchObject({ segments: 1, damagedRecords: 0, oldestMs: undefined })
})

test('a stuck batch does not hold the segments after its own', async () => {
  await using dir = await temporaryDirectory()
  const limits = { segmentBytesMax: 200 }
  {
    await using journal = await open(dir.path, { limits })
    await journal.append(request('stuck'))
    const stuck = await onlyBatch(journal)
    for (let i = 0; i < 20; i++) {
      await journal.append(request(`r${i}`))
      await journal.flush()
      for (const batch of await sealedNow(journal)) {
        if (batch.id !== stuck.id) await journal.release(batch)
      }
    }
    expect(journal.stats().segments).toBeLessThan(6)
  }
  await using journal = await open(dir.path, { limits })
  expect(await texts(journal)).toEqual(['stuck']) // no DONE was lost with its segment
  expect(journal.stats().damagedRecords).toBe(0)
})

test('segments roll by size, and no request spans two', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, { limits: { segmentBytesMax: 1000 } })
  for (let i = 0; i < 20; i++) await journal.append(request('x'.repeat(300)))
  const names = await segmentsIn(dir.path)
  expect(names).toHaveLength(10)
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(dir.path, name))).size),
  )
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1000)
})

test('a request larger than a segment has one to itself', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, { limits: { segmentBytesMax: 1000 } })
  const large = 'x'.repeat(5000)
  for (const text of ['a', large, 'b']) await journal.append(request(text))
  expect(await segmentsIn(dir.path)).toHaveLength(3)
  expect(await texts(journal)).toEqual(['a', large, 'b'])
})

test('a segment ends when it is a minute old, and goes when all in it is released', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await journal.append(request('a'))
  await journal.release(await onlyBatch(journal))
  expect(await segmentsIn(dir.path)).toHaveLength(1)
  vi.advanceTimersByTime(60_000)
  await vi.waitFor(async () => expect(await segmentsIn(dir.path)).toHaveLength(0))
  expect(journal.stats()).toMatchObject({ bytes: 0, segments: 0 })
})

test('batches that are too large for memory are read from the files', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, {
    limits: { batchAgeMs: 60_000, heldBytesMax: 30, segmentBytesMax: 500 },
  })
  const all = Array.from({ length: 40 }, (_, i) => `request ${i}`)
  for (const text of all) {
    await journal.append(request(text))
    await journal.append(request(`other ${text}`, { kind: 'logs' }))
  }
  await journal.flush()
  const [traces] = (await sealedNow(journal)).filter(({ kind }) => kind === 'traces')
  expect(await textsOf(traces!)).toEqual(all)
  expect(traces).toMatchObject({ isDamaged: false })
})

test('what waits behind many others is in the files alone, what comes at once in memory', async () => {
  await using dir = await temporaryDirectory()
  let reads = 0
  const disk: Disk = {
    ...nodeDisk,
    read(...place) {
      reads++
      return nodeDisk.read(...place)
    },
  }
  await using journal = await open(dir.path, { disk, limits: { waitingBatchesMax: 2 } })
  const readsOf = async (batch: Batch) => {
    reads = 0
    await textsOf(batch)
    return reads
  }
  for (const text of ['a', 'b']) {
    await journal.append(request(text))
    await journal.flush()
  }
  for (const batch of await sealedNow(journal)) expect(await readsOf(batch)).toBe(0)
  for (const text of ['c', 'd']) {
    await journal.append(request(text))
    await journal.flush()
  }
  expect(await texts(journal)).toEqual(['a', 'b', 'c', 'd'])
  const waiting = await sealedNow(journal)
  for (const batch of waiting) expect(await readsOf(batch)).toBeGreaterThan(0)
  for (const batch of waiting) await journal.release(batch)
  await journal.append(request('e'))
  await journal.flush()
  const [fresh] = await sealedNow(journal)
  expect(await readsOf(fresh!)).toBe(0)
})

test('each walk over the sealed batches starts from the oldest that is not released', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  for (const text of ['a', 'b', 'c']) {
    await journal.append(request(text))
    await journal.flush()
  }
  const [first, second] = await sealedNow(journal)
  expect(second?.mayBeStored).toBe(false)
  await journal.release(first!)
  const again = await sealedNow(journal)
  expect(again.map(({ id }) => id)).toEqual([second!.id, second!.id + 1n])
  expect(again.every(({ mayBeStored }) => mayBeStored)).toBe(true) // handed out before
})

test('a walk waits for the next batch, and ends when it is aborted', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  const stop = new AbortController()
  const walk = journal.sealed(stop.signal)[Symbol.asyncIterator]()
  const next = walk.next()
  await journal.append(request('a'))
  await journal.flush()
  expect(await textsOf((await next).value)).toEqual(['a'])
  const end = walk.next()
  stop.abort()
  expect(await end).toEqual({ done: true, value: undefined })
})

test('a walk ends when the journal closes', async () => {
  await using dir = await temporaryDirectory()
  const journal = await open(dir.path)
  const next = journal.sealed(new AbortController().signal)[Symbol.asyncIterator]().next()
  await journal[Symbol.asyncDispose]()
  expect(await next).toEqual({ done: true, value: undefined })
  expect(await journal.append(request('late'))).toMatchObject({ outcome: 'full' })
})

test('a buried batch lies in dead/ and does not come back', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path)
    await journal.append(request('poison'))
    await journal.append(request('poison too'))
    const batch = await onlyBatch(journal)
    await journal.bury(batch, { reason: 'refused', code: 444, message: 'malformed' })

    const name = batch.id.toString(16).padStart(16, '0')
    expect(await readdir(join(dir.path, 'dead'))).toEqual([`${name}.json`, `${name}.otlp`])
    const bytes = await readFile(join(dir.path, 'dead', `${name}.otlp`), 'utf8')
    expect(bytes).toBe('poison;poison too;')
    const facts = JSON.parse(await readFile(join(dir.path, 'dead', `${name}.json`), 'utf8'))
    expect(facts).toMatchObject({ requests: 2, code: 444, message: 'malformed', kind: 'traces' })
  }
  await using journal = await open(dir.path)
  expect(await texts(journal)).toEqual([])
  expect(journal.stats().deadLetters).toBe(1)
})

test('a batch is split into halves that add up to it, and a single request cannot be', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  for (const text of ['a', 'b', 'c']) await journal.append(request(text))
  const parent = await onlyBatch(journal)
  const halves = await journal.split(parent)
  expect(await Promise.all(halves.map(textsOf))).toEqual([['a', 'b'], ['c']])
  expect(halves.map(({ rows }) => rows.otel_traces)).toEqual([2, 1])
  expect(new Set([parent.id, ...halves.map(({ id }) => id)]).size).toBe(3)
  expect(await sealedNow(journal)).toEqual(halves)
  expect(await journal.split(halves[1]!)).toEqual([])
})

test('halves survive a restart, and so does what was released of them', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path)
    for (const text of ['a', 'b', 'c', 'd']) await journal.append(request(text))
    const [left, right] = await journal.split(await onlyBatch(journal))
    await journal.split(right!)
    await journal.release(left!)
  }
  {
    await using journal = await open(dir.path)
    expect(await texts(journal)).toEqual(['c', 'd'])
    const [c, d] = await sealedNow(journal)
    await journal.bury(c!, { reason: 'refused', code: 36, message: 'poison' })
    await journal.release(d!)
  }
  await using journal = await open(dir.path)
  expect(await texts(journal)).toEqual([])
  expect(journal.stats().damagedRecords).toBe(0)
})

test('a full journal refuses, and takes again when batches were released', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, {
    limits: { journalBytesMax: 2000, segmentBytesMax: 300, diskCheckMs: 5, freeBytesMin: 0 },
  })
  const appendUntil = (outcome: string) =>
    vi.waitFor(
      async () => expect(await journal.append(request('x'))).toMatchObject({ outcome }),
      10_000,
    )
  await appendUntil('full')
  expect(journal.stats().state).toBe('journal_full')
  await journal.flush()
  for (const batch of await sealedNow(journal)) await journal.release(batch)
  await appendUntil('durable')
  expect(journal.stats().state).toBe('open')
})

test('a full disk refuses before it is full, and takes again by itself', async () => {
  await using dir = await temporaryDirectory()
  let freeBytes = 50
  const disk = { ...nodeDisk, space: async () => ({ freeBytes, totalBytes: 1000 }) }
  const limits = { freeBytesMin: 100, diskCheckMs: 5 }
  await using journal = await open(dir.path, { disk, limits })
  expect(await journal.append(request('x'))).toMatchObject({ outcome: 'full' })
  expect(journal.stats().state).toBe('disk_full')
  freeBytes = 200
  await vi.waitFor(() => expect(journal.stats().state).toBe('open'))
  expect(await journal.append(request('x'))).toMatchObject({ outcome: 'durable' })
})

test('a journal of a newer format is refused by name, and left as it is', async () => {
  await using dir = await temporaryDirectory()
  const header = { version: 9, flags: 0, segment: 1, firstSequence: 1, epoch: 1, createdMs: 0 }
  const path = join(dir.path, '0000000000000001.seg')
  await writeFile(path, encodeSegmentHeader(header))
  await expect(open(dir.path)).rejects.toThrow(JournalTooNew)
  await expect(open(dir.path)).rejects.toThrow(`${path} has format version 9`)
})

test('files and directories are for their owner alone', async () => {
  await using dir = await temporaryDirectory()
  const journalDir = join(dir.path, 'journal')
  await using journal = await open(journalDir)
  await journal.append(request('a'))
  await journal.bury(await onlyBatch(journal), { reason: 'refused', code: undefined, message: 'x' })
  expect((await stat(journalDir)).mode & 0o777).toBe(0o700)
  for (const name of ['LOCK', 'cursor', '0000000000000001.seg']) {
    expect((await stat(join(journalDir, name))).mode & 0o777).toBe(0o600)
  }
  expect((await stat(join(journalDir, 'dead'))).mode & 0o777).toBe(0o700)
})

test('a caller whose request does not fit the format fails alone', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  const [bad, good] = await Promise.allSettled([
    journal.append(request('bad', { projectNumber: -1 })),
    journal.append(request('good')),
  ])
  expect(bad.status).toBe('rejected')
  expect(good).toMatchObject({ value: { outcome: 'durable' } })
  expect(journal.stats().state).toBe('open')
})
