import assert from 'node:assert/strict'
import { expect, test, vi } from 'vitest'
import { failingDisk } from './fixtures/failing-disk.ts'
import { SimulatedDisk } from './fixtures/simulated-disk.ts'
import type { AppendOutcome, Journal } from './journal.ts'
import { ResendGuard } from './resend-guard.ts'
import { noon, open, request, temporaryDirectory, texts } from './testing.ts'

/** A clock that a test moves. */
function clock() {
  let nowMs = noon
  return { now: () => nowMs, advance: (ms: number) => (nowMs += ms) }
}

async function appendUndelivered(journal: Journal, text: string): Promise<void> {
  const sent = request(text)
  const appended = journal.append(sent)
  journal.undelivered(sent, appended)
  await appended
}

const durable = expect.objectContaining({ outcome: 'durable' })
const folded: AppendOutcome = { outcome: 'folded' }

test('a body whose answer was lost is taken once more, and not written again', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await appendUndelivered(journal, 'a')
  expect(await journal.append(request('a'))).toEqual(folded)
  expect(await journal.append(request('a'))).toEqual(durable) // the lost answer was given
  expect(await texts(journal)).toEqual(['a', 'a'])
  expect(journal.stats().foldedResends).toBe(1)
})

test('equal bodies are legal where every answer was delivered', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  for (let i = 0; i < 3; i++) expect(await journal.append(request('a'))).toEqual(durable)
  expect(await texts(journal)).toEqual(['a', 'a', 'a'])
})

test.each([
  ['key', { keyId: 8 }],
  ['kind', { kind: 'logs' as const }],
])('the same body of another %s is another request', async (_, part) => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await appendUndelivered(journal, 'a')
  expect(await journal.append(request('a', part))).toEqual(durable)
})

test('a body of the same length is another request', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  await appendUndelivered(journal, 'a')
  expect(await journal.append(request('b'))).toEqual(durable)
})

test('two lost answers to equal bodies are two requests', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path)
  const sent = [request('a'), request('a')]
  const appended = sent.map((one) => journal.append(one))
  for (const [i, one] of sent.entries()) journal.undelivered(one, appended[i]!)
  await Promise.all(appended)
  const again = await Promise.all([1, 2, 3].map(() => journal.append(request('a'))))
  expect(again).toEqual([folded, folded, durable])
})

test('a resend waits for an attempt that is still being written, and is written if that fails', async () => {
  await using dir = await temporaryDirectory()
  const disk = failingDisk()
  await using journal = await open(dir.path, { disk, limits: { brokenRetryMs: 1 } })
  await journal.append(request('before'))
  disk.fail({ operation: 'datasync', failure: 'EIO' }, 1)
  const sent = request('a')
  const failing = journal.append(sent)
  journal.undelivered(sent, failing)
  const resent = journal.append(request('a'))
  await expect(failing).rejects.toThrow('could not be written')
  expect(await resent).toEqual(durable)
  expect(await texts(journal)).toEqual(['before', 'a'])
})

test('after ten minutes an equal body is a new request', async () => {
  await using dir = await temporaryDirectory()
  const { now, advance } = clock()
  await using journal = await open(dir.path, { now })
  await appendUndelivered(journal, 'a')
  await appendUndelivered(journal, 'b')
  advance(599_999)
  expect(await journal.append(request('a'))).toEqual(folded)
  advance(1)
  expect(await journal.append(request('b'))).toEqual(durable)
})

test('a hundred thousand bodies of one length are told apart as fast as one', async () => {
  const guard = new ResendGuard({ now: () => noon, ageMs: 1000, entriesMax: 100_000 })
  const body = (i: number) => request(String(i).padStart(6, '0'))
  for (let i = 0; i < 100_000; i++) guard.remember(body(i))
  const { user: before } = process.cpuUsage()
  for (let i = 0; i < 1000; i++) expect(await guard.folds(body(100_000 + i))).toBe(false)
  const cpuMs = (process.cpuUsage().user - before) / 1000
  expect(cpuMs).toBeLessThan(500) // looking through all of them would take seconds
  expect(await guard.folds(body(50_000))).toBe(true)
})

test('no more bodies are remembered than the bound allows, the newest ones', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, { limits: { resendBodiesMax: 2 } })
  for (const text of ['a', 'b', 'c', 'd']) await appendUndelivered(journal, text)
  expect(await journal.append(request('a'))).toEqual(durable)
  expect(await journal.append(request('d'))).toEqual(folded)
})

test('after a crash the bodies of the last 30 seconds of the journal count as resent', async () => {
  await using dir = await temporaryDirectory()
  {
    // Many small segments: the last seconds are in more than one.
    await using journal = await open(dir.path, { limits: { segmentBytesMax: 200 } })
    for (let second = 0; second <= 60; second += 10) {
      await journal.append(request(`at ${second}`, { receivedMs: noon + second * 1000 }))
    }
  }
  await using journal = await open(dir.path)
  const outcomes = []
  for (let second = 0; second <= 60; second += 10) {
    outcomes.push((await journal.append(request(`at ${second}`))).outcome)
  }
  expect(outcomes).toEqual([
    'durable',
    'durable',
    'durable',
    'folded',
    'folded',
    'folded',
    'folded',
  ])
})

test('what was refused before a crash is no resend after it', async () => {
  await using dir = await temporaryDirectory()
  const disk = failingDisk()
  {
    await using journal = await open(dir.path, { disk, limits: { brokenRetryMs: 1 } })
    await journal.append(request('taken'))
    // The bytes stay in the file; only the ABORT says that they do not count.
    disk.fail({ operation: 'datasync', failure: 'EIO' }, 1)
    disk.fail({ operation: 'truncate', failure: 'EIO' }, 1)
    await assert.rejects(journal.append(request('refused')))
    await journal.append(request('then'))
  }
  await using journal = await open(dir.path)
  expect(await journal.append(request('refused'))).toEqual(durable)
  expect(await journal.append(request('taken'))).toEqual(folded)
  expect(await texts(journal)).toEqual(['taken', 'then', 'refused'])
})

test('what a killed process left unsynced is durable before its resend is answered', async () => {
  const simulated = new SimulatedDisk()
  let isSyncing = true
  const turn = (operation: string) =>
    operation === 'datasync' && !isSyncing ? new Promise<void>(() => {}) : Promise.resolve()
  const killed = await open('/journal', { disk: simulated.mount({ turn }) })
  await killed.append(request('before'))
  isSyncing = false
  void killed.append(request('a'))
  await vi.waitFor(() =>
    expect([...simulated.files.values()].some((bytes) => bytes.includes('a;'))).toBe(true),
  )
  simulated.crash('kill', () => 0)

  const next = await open('/journal', { disk: simulated.mount() })
  expect(await next.append(request('a'))).toEqual(folded)
  simulated.crash('power cut', () => 0) // all that was not synced is gone

  await using last = await open('/journal', { disk: simulated.mount() })
  expect(await texts(last)).toEqual(['before', 'a'])
})
