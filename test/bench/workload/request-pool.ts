import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { checkRequest } from '@aftermath/otlp/check'
import { z } from 'zod'
import { RequestFacts } from './facts.ts'
import { generateRequests } from './generate.ts'
import { frame, packPatches, poolFiles, readFrames } from './pool-files.ts'
import { Workload } from './workload.ts'

type Encoding = 'gzip' | 'identity' | 'zstd'

const Manifest = z.object({
  madeAtMs: z.number(),
  requests: z.array(RequestFacts),
  plainBytes: z.int(),
  wireBytes: z.int(),
})

/**
 * Requests made once and sent again and again, in one order: number n is request n modulo their
 * count. They lie in files that are found again under a hash of what they are made of.
 */
export interface RequestPool extends z.output<typeof Manifest> {
  workload: Workload
  encoding: Encoding
  /** Of its files; the load reads them itself. */
  dir: string
  /** The requests as the journal keeps them and the store sends them on. */
  readStored: () => Promise<Buffer[]>
  /** As a sender has them before compression. */
  readPlain: () => Promise<Buffer[]>
}

/** Part of the key: another layout or generator makes other files. */
const FORMAT = 4
const CACHE = join(tmpdir(), 'aftermath-bench-requests')
const RETENTION_MS = 30 * 86_400_000
// Compressed requests keep their times, and those should be of the minutes that are judged.
const FRESH_MS = 15 * 60_000
/** No bench holds on to its pool for so long. */
const FORGOTTEN_MS = 3 * 3_600_000

const compress: Record<Encoding, (bytes: Uint8Array) => Uint8Array> = {
  gzip: (bytes) => gzipSync(bytes, { level: 6 }),
  zstd: (bytes) => zstdCompressSync(bytes),
  identity: (bytes) => bytes,
}

type Input = z.input<typeof Workload> & { encoding: Encoding }

export async function openRequestPool({ encoding, ...input }: Input): Promise<RequestPool> {
  const workload = Workload.parse(input)
  const key = createHash('sha256').update(JSON.stringify({ FORMAT, encoding, workload }))
  const dir = join(CACHE, key.digest('hex').slice(0, 24))
  const manifest = (await readFresh(dir)) ?? (await makePool(dir, workload, encoding))
  const files = poolFiles(dir)
  return {
    ...manifest,
    workload,
    encoding,
    dir,
    readPlain: () => readFrames(files.plain),
    async readStored() {
      const plain = await readFrames(files.plain)
      return plain.map((bytes, index) => storedOf(bytes, manifest, index))
    },
  }
}

async function readFresh(dir: string) {
  const text = await readFile(poolFiles(dir).manifest, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const manifest = Manifest.parse(JSON.parse(text))
  return Date.now() - manifest.madeAtMs < FRESH_MS ? manifest : undefined
}

/** Pools are of no use after a while, and of a gigabyte together. */
async function removeForgotten(nowMs: number): Promise<void> {
  for (const name of await readdir(CACHE).catch(() => [])) {
    const path = join(CACHE, name)
    const found = await stat(path).catch(() => undefined) // another bench may have moved it
    if (found !== undefined && nowMs - found.mtimeMs > FORGOTTEN_MS)
      await rm(path, { recursive: true, force: true })
  }
}

async function makePool(dir: string, workload: Workload, encoding: Encoding) {
  const madeAtMs = Date.now()
  await removeForgotten(madeAtMs)
  const draft = `${dir}.${process.pid}`
  await mkdir(draft, { recursive: true, mode: 0o700 })
  const files = poolFiles(draft)
  const plain = createWriteStream(files.plain)
  const wire = createWriteStream(files.wire)
  const patches = createWriteStream(files.patches)
  const manifest: z.output<typeof Manifest> = {
    madeAtMs,
    requests: [],
    plainBytes: 0,
    wireBytes: 0,
  }
  for (const { bytes, patches: where, ...facts } of generateRequests(workload, madeAtMs)) {
    const packed = compress[encoding](bytes)
    manifest.requests.push(facts)
    manifest.plainBytes += bytes.length
    manifest.wireBytes += packed.length
    plain.write(frame(bytes))
    patches.write(frame(packPatches(where)))
    if (!wire.write(frame(packed))) await once(wire, 'drain')
  }
  for (const stream of [plain, wire, patches]) {
    stream.end()
    await once(stream, 'finish')
  }
  await writeFile(files.manifest, JSON.stringify(manifest))
  await rm(dir, { recursive: true, force: true })
  await rename(draft, dir)
  return manifest
}

/** @throws Error when the check would leave something out: the counts would not hold */
function storedOf(
  bytes: Buffer,
  { madeAtMs, requests }: z.output<typeof Manifest>,
  index: number,
): Buffer {
  const { kind, items } = requests[index]! // the manifest lists every request
  const checked = checkRequest(kind, bytes, { receivedMs: madeAtMs, retentionMs: RETENTION_MS })
  if (checked.outcome !== 'ok') throw new Error(checked.message)
  if (checked.items !== items) throw new Error(checked.rejected?.message)
  return Buffer.from(checked.bytes.buffer, checked.bytes.byteOffset, checked.bytes.length)
}

/** How many requests, from number `first` on, carry at least so many items. */
export function requestsFor(
  requests: readonly Pick<RequestFacts, 'items'>[],
  first: number,
  items: number,
): number {
  let count = 0
  for (let sum = 0; sum < items; count++) sum += requests[(first + count) % requests.length]!.items
  return count
}
