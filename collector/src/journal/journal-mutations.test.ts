import assert from 'node:assert/strict'
import { readdir, readFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { failingDisk } from './fixtures/failing-disk.ts'
import { mutations, seededRandom, type Files, type Touched } from './fixtures/mutate-files.ts'
import { unsyncedDisk } from './fixtures/unsynced-disk.ts'
import { recordKinds } from './record-header.ts'
import { scanSegment } from './scan-segment.ts'
import { listeningLog, open, request, sealedNow, temporaryDirectory, textsOf } from './testing.ts'

interface RecordInFile {
  name: string
  startBytes: number
  endBytes: number
  /** Of a request; undefined for a note. */
  text: string | undefined
}

let original: Files
let records: RecordInFile[]
/** Requests that must be found, and those that must not. */
const living = new Set<string>()
const released = new Set<string>()
const refused = new Set<string>()

beforeAll(async () => {
  await using dir = await temporaryDirectory()
  await fillJournal(dir.path)
  original = await readFiles(dir.path)
  records = [...original].flatMap(([name, bytes]) =>
    name.endsWith('.seg') ? recordsIn(name, bytes) : [],
  )
})

/** Several lives that leave every kind of record behind. */
async function fillJournal(dir: string): Promise<void> {
  const disk = failingDisk()
  const limits = { segmentBytesMax: 2500, brokenRetryMs: 1 }
  for (let life = 0; life < 3; life++) {
    await using journal = await open(dir, { disk, limits })
    for (let i = 0; i < 12; i++) {
      const kind = i % 3 === 0 ? 'logs' : 'traces'
      const text = `${life}-${i} ${'x'.repeat((i * 53) % 200)}`
      await journal.append(request(text, { kind }))
      living.add(text)
      if (i % 4 === 3) await journal.flush()
    }
    const [first, second] = await sealedNow(journal)
    assert(first !== undefined && second !== undefined)
    for (const text of await textsOf(first)) {
      living.delete(text)
      released.add(text)
    }
    await journal.release(first)
    await journal.split(second)

    disk.fail({ operation: 'datasync', failure: 'EIO' }, 1)
    disk.fail({ operation: 'truncate', failure: 'EIO' }, 1)
    await journal.append(request(`${life}-refused`)).catch(() => {})
    refused.add(`${life}-refused`)
    await journal.append(request(`${life}-last`))
    living.add(`${life}-last`)
  }
}

async function readFiles(dir: string): Promise<Files> {
  const entries = await readdir(dir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  const files: Files = new Map()
  for (const name of names) files.set(name, await readFile(join(dir, name)))
  return files
}

function recordsIn(name: string, bytes: Buffer): RecordInFile[] {
  return scanSegment(bytes).records.map(({ header, startBytes, endBytes }) => {
    const payload = bytes.subarray(startBytes + 72, startBytes + 72 + header.payloadBytes)
    const text = header.kind < recordKinds.seal ? payload.toString().slice(0, -1) : undefined
    return { name, startBytes, endBytes, text }
  })
}

function isTouched(record: RecordInFile, touched: readonly Touched[]): boolean {
  return touched.some(
    ({ name, startBytes, endBytes }) =>
      name === record.name && startBytes < record.endBytes && endBytes > record.startBytes,
  )
}

interface Outcome {
  found: string[]
  messages: string[]
  damagedRecords: number
}

async function openMutated(dir: string, files: Files): Promise<Outcome> {
  await mkdir(dir)
  for (const [name, bytes] of files) await writeFile(join(dir, name), bytes)
  const { log, messages } = listeningLog()
  try {
    await using journal = await open(dir, { disk: unsyncedDisk, log })
    await journal.flush()
    const batches = await sealedNow(journal)
    expect(batches.every(({ mayBeStored }) => mayBeStored)).toBe(true)
    const found = (await Promise.all(batches.map(textsOf))).flat()
    return { found, messages, damagedRecords: journal.stats().damagedRecords }
  } finally {
    await rm(dir, { recursive: true })
  }
}

test('the journal that is mutated below is whole, and has every kind of record', async () => {
  await using dir = await temporaryDirectory()
  const { found, messages } = await openMutated(join(dir.path, 'journal'), original)
  expect(new Set(found)).toEqual(living)
  expect(messages).toEqual([])
  expect(records.map(({ text }) => text)).toContain('1-refused')
})

/** These leave every byte where it was, so several can be told apart. */
const inPlace = new Set(['flip', 'zero', 'garbage'])
const seeds = Array.from({ length: 200 }, (_, i) => i + 1)

test.each(Object.keys(mutations))(
  'after %s the journal opens, and only damaged records are missing, each reported',
  async (kind) => {
    await using dir = await temporaryDirectory()
    for (const seed of seeds) {
      const random = seededRandom(seed)
      const files = new Map(original)
      const touched: Touched[] = []
      for (let times = inPlace.has(kind) ? 1 + random(3) : 1; times > 0; times--) {
        const names = [...files.keys()].filter((name) => name !== 'LOCK')
        const name = names[random(names.length)]
        assert(name !== undefined)
        touched.push(...(mutations[kind]?.(files, name, random) ?? []))
      }

      const { found, messages } = await openMutated(join(dir.path, `${seed}`), files)
      const context = `${kind}, seed ${seed}`
      expect(found.length, `${context}: twice`).toBe(new Set(found).size)

      const missing = records.filter(
        ({ text }) => text !== undefined && living.has(text) && !found.includes(text),
      )
      const innocent = missing.filter((record) => !isTouched(record, touched))
      expect(innocent, `${context}: missing though whole`).toEqual([])
      if (missing.length > 0) {
        expect(messages, `${context}: not reported`).not.toEqual([])
      }

      // What was refused or released comes back only if the note that says so is damaged.
      const revived = found.filter((text) => !living.has(text))
      const notesTouched = records.some(
        (record) => record.text === undefined && isTouched(record, touched),
      )
      if (!notesTouched) expect(revived, `${context}: revived`).toEqual([])
    }
  },
)
