import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import type { CheckedRequest } from './checked-request.ts'
import { openJournal, type Batch, type Journal, type JournalDeps } from './journal.ts'

/** What the tests of the journal share: directories, requests, and readers of what is there. */

export async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'aftermath-journal-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export const today = 20_000
export const noon = today * 86_400_000 + 43_200_000

/** Stands for a request: its text is what a test looks for afterwards. */
export function request(text: string, part: Partial<CheckedRequest> = {}): CheckedRequest {
  const bytes = Buffer.from(`${text};`)
  const rows = { otel_traces: 1 }
  const base = { kind: 'traces' as const, projectNumber: 1, keyId: 7, items: 1, day: today }
  return { ...base, bytes, rows, receivedMs: noon, ...part }
}

/** Opens a journal and waits until what was there is read. */
export async function open(dir: string, part: Partial<JournalDeps> = {}): Promise<Journal> {
  const journal = await openAtOnce(dir, part)
  await journal.recovered
  return journal
}

export function openAtOnce(dir: string, part: Partial<JournalDeps> = {}): Promise<Journal> {
  const countRows = () => ({ otel_traces: 1 })
  return openJournal({ dir, log: silentLog(), now: () => noon, countRows, ...part })
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

/** The only sealed batch. */
export async function onlyBatch(journal: Journal): Promise<Batch> {
  await journal.flush()
  const [batch, ...more] = await sealedNow(journal)
  assert(batch !== undefined && more.length === 0)
  return batch
}

/** The texts of all requests that the journal holds, in the order of the batches. */
export async function texts(journal: Journal): Promise<string[]> {
  await journal.flush()
  const read = (await sealedNow(journal)).map(textsOf)
  return (await Promise.all(read)).flat()
}

export async function textsOf(batch: Batch): Promise<string[]> {
  const bytes = Buffer.concat(await Array.fromAsync(batch.stream()))
  return bytes.toString().split(';').slice(0, -1)
}

export async function segmentsIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith('.seg')).toSorted()
}

export function silentLog(): Logger {
  return pino({ enabled: false })
}

/** A logger that remembers the messages from `warn` up. */
export function listeningLog(): { log: Logger; messages: string[] } {
  const messages: string[] = []
  const write = (line: string) => messages.push((JSON.parse(line) as { msg: string }).msg)
  return { log: pino({ level: 'warn' }, { write }), messages }
}
