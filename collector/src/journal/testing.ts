import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { CheckedRequest } from './checked-request.ts'
import { openJournal, type Batch, type Journal, type JournalDeps } from './journal.ts'

/** What the tests of the journal share: directories, requests, and a reader of all that is there. */

export async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'aftermath-journal-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export const silent = pino({ enabled: false })
export const today = 20_000
export const noon = today * 86_400_000 + 43_200_000

/** Stands for a request: its text is what a test looks for afterwards. */
export function request(text: string, part: Partial<CheckedRequest> = {}): CheckedRequest {
  const bytes = Buffer.from(`${text};`)
  const rows = { otel_traces: 1 }
  const base = { kind: 'traces' as const, projectNumber: 1, keyId: 7, items: 1, day: today }
  return { ...base, bytes, rows, receivedMs: noon, ...part }
}

export function open(dir: string, part: Partial<JournalDeps> = {}): Promise<Journal> {
  const countRows = () => ({ otel_traces: 1 })
  return openJournal({ dir, log: silent, now: () => noon, countRows, ...part })
}

/** The sealed batches, oldest first, without waiting for more. */
export async function sealedNow(journal: Journal): Promise<Batch[]> {
  const batches: Batch[] = []
  const count = journal.stats().sealedBatches
  if (count === 0) return batches
  const stop = new AbortController()
  for await (const batch of journal.sealed(stop.signal)) {
    batches.push(batch)
    if (batches.length === count) stop.abort()
  }
  return batches
}

/** The texts of all requests that the journal holds, in the order of the batches. */
export async function texts(journal: Journal): Promise<string[]> {
  await journal.flush()
  const read = (await sealedNow(journal)).map(textsOf)
  return (await Promise.all(read)).flat()
}

export async function textsOf(batch: Batch): Promise<string[]> {
  return (await batch.read()).map((bytes) => Buffer.from(bytes).toString().slice(0, -1))
}
