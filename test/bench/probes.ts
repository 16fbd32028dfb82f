import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { readLoad, readStealShare } from './machine.ts'
import { quantile } from './quantile.ts'
import { generateRequests } from './workload/generate.ts'
import { Workload } from './workload/workload.ts'

/** What this machine does of itself, so that figures of different ones can be told apart. */
export const Probes = z.object({
  syncMsP50: z.number(),
  syncMsP99: z.number(),
  copyGbPerSecond: z.number(),
  gunzipMbPerSecond: z.number(),
  jsonMbPerSecond: z.number(),
  httpPerSecond: z.number(),
  stealShare: z.number(),
  load: z.number(),
})
export type Probes = z.output<typeof Probes>

const SYNCS = 200
const SYNC_BYTES = 65_536
const COPY_BYTES = 64 * 2 ** 20
const SPANS = 5000
const WINDOW_MS = 400
const HTTP_WARM_UP_MS = 300
const HTTP_WINDOW_MS = 1000
const HTTP_CONNECTIONS = 8

export async function probe(): Promise<Probes> {
  const load = readLoad()
  const syncsMs = await measureSyncs()
  const spans = [
    ...generateRequests(Workload.parse({ seed: 1, items: SPANS, requestItems: 500 }), Date.now()),
  ].map(({ bytes }) => bytes)
  const packed = spans.map((bytes) => gzipSync(bytes))
  const json = JSON.stringify(spans.map((bytes) => ({ text: bytes.toString('base64') })))
  const source = Buffer.alloc(COPY_BYTES, 1)
  const target = Buffer.alloc(COPY_BYTES)
  const round = (value: number) => Number(value.toPrecision(3))
  return {
    syncMsP50: round(quantile(syncsMs, 0.5)),
    syncMsP99: round(quantile(syncsMs, 0.99)),
    copyGbPerSecond: round(bytesPerMs(() => source.copy(target)) / 1e6),
    gunzipMbPerSecond: round(
      bytesPerMs(() => packed.reduce((sum, bytes) => sum + gunzipSync(bytes).length, 0)) / 1000,
    ),
    jsonMbPerSecond: round(
      bytesPerMs(() => {
        JSON.parse(json)
        return json.length
      }) / 1000,
    ),
    httpPerSecond: round(await measureHttp()),
    stealShare: round(readStealShare()),
    load,
  }
}

function bytesPerMs(work: () => number): number {
  work() // warm
  const startedMs = performance.now()
  let bytes = 0
  for (; performance.now() - startedMs < WINDOW_MS;) bytes += work()
  return bytes / (performance.now() - startedMs)
}

async function measureSyncs(): Promise<number[]> {
  const dir = await mkdtemp(join(tmpdir(), 'aftermath-bench-sync-'))
  try {
    await using file = await open(join(dir, 'file'), 'w')
    const bytes = Buffer.alloc(SYNC_BYTES, 1)
    const syncsMs: number[] = []
    for (let nth = 0; nth < SYNCS; nth++) {
      await file.write(bytes)
      const startedMs = performance.now()
      await file.datasync()
      syncsMs.push(performance.now() - startedMs)
    }
    return syncsMs
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Requests of 1 KB a second that a plain server of Node's answers, both ends in one process. */
async function measureHttp(): Promise<number> {
  await using server = createServer((req, res) => {
    req.resume()
    req.on('end', () => res.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  const request = Buffer.from(
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`,
  )
  let answers = 0
  const startedMs = performance.now()
  const endMs = startedMs + HTTP_WARM_UP_MS + HTTP_WINDOW_MS
  async function run(): Promise<void> {
    const socket = connect(port, '127.0.0.1')
    while (performance.now() < endMs) {
      socket.write(request)
      await once(socket, 'data')
      if (performance.now() > startedMs + HTTP_WARM_UP_MS) answers++
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: HTTP_CONNECTIONS }, run))
  return (answers / HTTP_WINDOW_MS) * 1000
}
