import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SignalKind } from './checked-request.ts'
import type { Disk } from './disk.ts'
import { SimulatedDisk } from './fixtures/simulated-disk.ts'
import {
  listeningLog,
  onlyBatch,
  open,
  request,
  segmentsIn,
  temporaryDirectory,
  texts,
  textsOf,
} from './testing.ts'

const countRows = (_kind: SignalKind, bytes: Uint8Array) => ({ otel_traces: bytes.length })

function requestOf(text: string) {
  return request(text, { rows: { otel_traces: text.length + 1 } })
}

/** Flips a byte of the first place where the text stands in the journal. */
async function damage(dir: string, text: string): Promise<void> {
  for (const name of await segmentsIn(dir)) {
    const bytes = await readFile(join(dir, name))
    const at = bytes.indexOf(text)
    if (at === -1) continue
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    await writeFile(join(dir, name), bytes)
    return
  }
  throw new Error(`${text} is not in the journal`)
}

test('a batch with a damaged member keeps its counts and says what is left of it', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path)
    for (const text of ['first', 'lost', 'third']) await journal.append(requestOf(text))
  }
  await damage(dir.path, 'lost;')

  const { log, messages } = listeningLog()
  await using journal = await open(dir.path, { countRows, log })
  const batch = await onlyBatch(journal)
  expect(await textsOf(batch)).toEqual(['first', 'third'])
  expect(batch).toMatchObject({
    isDamaged: true,
    requests: 3,
    rows: { otel_traces: 17 },
    survivingRows: { otel_traces: 12 },
  })
  expect(journal.stats().damagedRecords).toBe(1)
  expect(messages).toContain('A range of a journal segment is damaged')
  expect(await readdir(join(dir.path, 'damaged'))).toHaveLength(1)
})

test('damage that comes after the batch was sealed is found when it is read', async () => {
  await using dir = await temporaryDirectory()
  await using journal = await open(dir.path, { countRows, limits: { heldBytesMax: 0 } })
  for (const text of ['first', 'lost', 'third']) await journal.append(requestOf(text))
  const batch = await onlyBatch(journal)
  expect(batch.isDamaged).toBe(false)
  await damage(dir.path, 'lost;')

  expect(await textsOf(batch)).toEqual(['first', 'third'])
  expect(batch).toMatchObject({ isDamaged: true, survivingRows: { otel_traces: 12 } })
  await Array.fromAsync(batch.stream())
  expect(journal.stats().damagedRecords).toBe(1) // counted once
})

test('without its SEAL a batch is counted again from its bytes', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path)
    for (const text of ['first', 'second']) await journal.append(requestOf(text))
  }
  await damage(dir.path, 'otel_traces') // the table's name in the SEAL
  await using journal = await open(dir.path, { countRows })
  const batch = await onlyBatch(journal)
  expect(batch).toMatchObject({ rows: { otel_traces: 13 }, requests: 2, mayBeStored: true })
  expect(await textsOf(batch)).toEqual(['first', 'second'])
})

test('rows that cannot be counted do not stop a start', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path)
    await journal.append(requestOf('first'))
  }
  await damage(dir.path, 'otel_traces')
  const { log, messages } = listeningLog()
  const failing = () => {
    throw new Error('no such bytes')
  }
  await using journal = await open(dir.path, { countRows: failing, log })
  expect(await textsOf(await onlyBatch(journal))).toEqual(['first'])
  expect(messages).toContain('The rows of a journalled request cannot be counted')
})

test('files that are no segments are moved to damaged/, others are left alone', async () => {
  await using dir = await temporaryDirectory()
  const files = {
    '0000000000000001.seg': '',
    '0000000000000002.seg': '\0'.repeat(5000),
    '0000000000000003.seg': 'what a cat wrote'.repeat(50),
    'holiday.seg': 'a photograph',
    'notes.txt': 'of the administrator',
  }
  for (const [name, content] of Object.entries(files))
    await writeFile(join(dir.path, name), content)
  await using journal = await open(dir.path)
  await journal.append(request('a'))
  expect(await readdir(join(dir.path, 'damaged'))).toEqual(
    Object.keys(files).filter((name) => name.endsWith('.seg')),
  )
  expect(await readdir(dir.path)).toContain('notes.txt')
  expect(await segmentsIn(dir.path)).toEqual(['0000000000000004.seg'])
})

test('a segment that was cut down to its header is missed', async () => {
  await using dir = await temporaryDirectory()
  {
    await using journal = await open(dir.path, { limits: { segmentBytesMax: 300 } })
    for (const text of ['a', 'b', 'c', 'd', 'e']) await journal.append(request(text))
  }
  const [oldest] = await segmentsIn(dir.path)
  const path = join(dir.path, oldest!)
  await writeFile(path, (await readFile(path)).subarray(0, 64))
  const { log, messages } = listeningLog()
  await using journal = await open(dir.path, { log })
  expect(messages).toContain('Journal records are missing')
  expect(journal.stats().damagedRecords).toBeGreaterThan(0)
})

test.each([
  { failures: 2, found: ['a'], moved: false },
  { failures: 3, found: [], moved: true },
])(
  'a segment that cannot be read $failures times is given up: $moved',
  async ({ failures, found, moved }) => {
    const simulated = new SimulatedDisk()
    {
      await using journal = await open('/journal', { disk: simulated.mount() })
      await journal.append(request('a'))
    }
    let left = failures
    const segment = '/journal/0000000000000001.seg'
    const read = simulated.mount().read
    const disk: Disk = {
      ...simulated.mount(),
      async read(path, position, lengthBytes) {
        // The first look is at its header alone.
        if (path === segment && lengthBytes > 64 && left-- > 0) throw new Error('EIO')
        return read(path, position, lengthBytes)
      },
    }
    await using journal = await open('/journal', { disk })
    expect(await texts(journal)).toEqual(found)
    expect(simulated.files.has(segment)).toBe(!moved)
  },
)
