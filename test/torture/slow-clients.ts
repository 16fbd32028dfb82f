import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { readMemoryMb } from '../bench/process-usage.ts'
import { seededRandom } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import { startSenders } from './senders.ts'
import { openVictim, type Victim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const IDLE_SOCKETS = 5000
const SLOW_SOCKETS = 200
const SECONDS = 60
const FREED_MS_MAX = 90_000
const RSS_MB_MAX = (100 * 2 ** 20) / 1e6
const P99_RATIO_MAX = 2
/** Below it the ratio of two latencies says nothing. */
const P99_MS_FLOOR = 25
const MiB = 2 ** 20

export const slowClients: Torture = {
  name: 'T13',
  what: `slow headers, slow bodies, ${IDLE_SOCKETS} idle connections, resets, bombs`,
  passesWhen: `others' p99 at most ${P99_RATIO_MAX} times, 100 MiB more memory, sockets freed within ${FREED_MS_MAX / 1000} s`,
  run: runSlowClients,
}

async function runSlowClients({ options, say, signal }: Given): Promise<Outcome> {
  const isFull = options.times === undefined
  const seconds = (options.minutes ?? SECONDS / 60) * 60
  const random = seededRandom(options.seed)
  const ledger = openLedger(options.seed)
  // Packing them holds this thread up, which answers are measured by.
  const bombs = packBombs(isFull ? [10, 100, 1000] : [10, 100])
  await using victim = await openVictim()
  await using senders = startSenders({ ledger, random, victim, itemsPerSecondMax: 2000 })
  await setTimeout(seconds * 250, undefined, { signal })
  senders.takeAckMs()
  await setTimeout(seconds * 250, undefined, { signal })
  const before = senders.takeAckMs()
  const rssBefore = readMemoryMb(victim.life.pid).now

  const sockets = new Set<Socket>()
  const open = () => {
    const socket = connect(Number(new URL(victim.ingest).port), '127.0.0.1')
    socket.on('error', () => {}) // that it is thrown out is the point
    socket.on('close', () => sockets.delete(socket))
    socket.resume()
    sockets.add(socket)
    return socket
  }
  say('slow and idle connections')
  const idle = options.times ?? IDLE_SOCKETS
  const slow = isFull ? SLOW_SOCKETS : 20
  for (let nth = 0; nth < idle; nth++) {
    open()
    if (nth % 100 === 99) await setTimeout(20)
  }
  const dripping: Promise<void>[] = []
  for (let nth = 0; nth < slow; nth++) {
    dripping.push(dripHead(open()), dripBody(open(), victim), resetInBody(open(), victim))
  }
  let rssMax = rssBefore
  const endsMs = performance.now() + seconds * 1000
  let thrown = 0
  while (performance.now() < endsMs) {
    await throwBombs(victim, bombs)
    thrown += bombs.length
    rssMax = Math.max(rssMax, readMemoryMb(victim.life.pid).now)
    await setTimeout(250, undefined, { signal })
  }
  const during = senders.takeAckMs()

  say('waiting for the sockets to be freed')
  const heldMs = performance.now()
  await Promise.all(dripping)
  await until(
    'slow and idle connections are closed',
    () => (sockets.size === 0 ? true : undefined),
    FREED_MS_MAX + 30_000,
  ).catch(() => {}) // counted below
  const freedMs = performance.now() - heldMs
  const left = sockets.size
  for (const socket of sockets) socket.destroy()
  await senders.stop()

  const verified = await conclude({ victim, ledger })
  const failures = [...verified.failures]
  const ratio = during.p99 / Math.max(before.p99, P99_MS_FLOOR)
  if (ratio > P99_RATIO_MAX) failures.push(`p99 of others grew ${ratio.toFixed(1)} times`)
  if (rssMax - rssBefore > RSS_MB_MAX) {
    failures.push(`${Math.round(rssMax - rssBefore)} MB more memory`)
  }
  if (left > 0) failures.push(`${left} connections were still open after ${freedMs} ms`)
  return {
    figures: {
      idle,
      slow: slow * 3,
      bombs: thrown,
      ackP99MsBefore: Math.round(before.p99 * 10) / 10,
      ackP99MsDuring: Math.round(during.p99 * 10) / 10,
      rssMbMore: Math.round(rssMax - rssBefore),
      freedSeconds: Math.round(freedMs / 1000),
      ...verified.figures,
    },
    failures,
  }
}

const DRIP_MS = 1000

/** A byte of a header a second, as long as the other side bears it. */
async function dripHead(socket: Socket): Promise<void> {
  socket.write('POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  while (!socket.destroyed) {
    socket.write('a')
    await setTimeout(DRIP_MS)
  }
}

function headOf({ projects }: Victim, length: number): string {
  return [
    'POST /v1/traces HTTP/1.1',
    'Host: x',
    'Content-Type: application/x-protobuf',
    `Authorization: Bearer ${projects[0]!.key}`, // `default` is always there
    `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n')
}

async function dripBody(socket: Socket, victim: Victim): Promise<void> {
  socket.write(headOf(victim, 100_000))
  while (!socket.destroyed) {
    socket.write(Buffer.alloc(1))
    await setTimeout(DRIP_MS)
  }
}

async function resetInBody(socket: Socket, victim: Victim): Promise<void> {
  socket.write(headOf(victim, 100_000))
  socket.write(Buffer.alloc(50_000))
  await setTimeout(50)
  socket.resetAndDestroy()
}

interface Bomb {
  encoding: string
  sizeMb: number
  body: Buffer<ArrayBuffer>
}

/** Bodies of a few kilobytes that want to be many megabytes. */
function packBombs(sizesMb: readonly number[]): Bomb[] {
  const packers = { gzip: gzipSync, zstd: zstdCompressSync, br: brotliCompressSync }
  return sizesMb.flatMap((sizeMb) => {
    const plain = Buffer.alloc(sizeMb * MiB)
    return Object.entries(packers).map(([encoding, pack]) => ({
      encoding,
      sizeMb,
      body: pack(plain),
    }))
  })
}

async function throwBombs({ ingest, projects }: Victim, bombs: readonly Bomb[]): Promise<void> {
  for (const { encoding, sizeMb, body } of bombs) {
    const answer = await fetch(`${ingest}/v1/traces`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': encoding,
        authorization: `Bearer ${projects[0]!.key}`, // `default` is always there
      },
      body,
    }).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => {})
    if (answer?.status === 200) throw new Error(`A bomb of ${sizeMb} MB was taken.`)
  }
}
