import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { until } from '../harness/until.ts'
import type { Bench } from './bench.ts'
import { judge } from './budget.ts'
import { readMemoryMb } from './process-usage.ts'
import { median } from './quantile.ts'

const ROOT = join(import.meta.dirname, '../..')
const STARTS = 3
const IDLE_MS = 10_000
const START_MS_MAX = 120_000
const END_MS_MAX = 40_000

const Run = z.object({ pids: z.object({ collector: z.int(), clickhouse: z.int() }) })

/** `npm start` on a directory that knows it already, and what it takes when nothing happens. */
export const start: Bench = {
  summary: 'a second `npm start`, and memory when idle',
  rows: ['P4', 'P1.idle', 'P2.empty'],
  async run({ say, signal }) {
    const dataDir = await mkdtemp(join(tmpdir(), 'aftermath-bench-start-'))
    await using cleanup = new AsyncDisposableStack()
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))

    const first = await measureStart(dataDir, signal)
    say(`first start in an empty directory: ${first.seconds.toFixed(2)} s`)
    const starts = []
    for (let nth = 0; nth < STARTS; nth++) {
      const again = await measureStart(dataDir, signal)
      say(`start ${nth + 2}: ${again.seconds.toFixed(2)} s`)
      starts.push(again)
    }
    const seconds = starts.map((one) => one.seconds)
    const collector = starts.map((one) => one.idleMb.collector)
    const engine = starts.map((one) => one.idleMb.engine)
    return {
      results: [
        judge('P4', median(seconds), seconds),
        judge('P1.idle', median(collector), collector),
        judge('P2.empty', median(engine), engine),
      ],
      failures: [],
      details: { first: first.seconds },
    }
  },
}

/** Starts, waits until everything answers, leaves it alone for a while, ends it. */
async function measureStart(dataDir: string, signal: AbortSignal) {
  const ports = [await freePort(), await freePort()] as const
  const startedMs = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      AFTERMATH_DATA_DIR: dataDir,
      AFTERMATH_INGEST_PORT: String(ports[0]),
      AFTERMATH_GRPC_PORT: '0',
      AFTERMATH_APP_PORT: String(ports[1]),
    },
  })
  await using _child = { [Symbol.asyncDispose]: () => end(child) }
  await once(child, 'spawn')
  child.stderr.resume()

  const { pids } = await until('it is ready', () => readReady(dataDir, ports[1]), START_MS_MAX)
  const seconds = (performance.now() - startedMs) / 1000
  await setTimeout(IDLE_MS, undefined, { signal })
  return {
    seconds,
    idleMb: {
      collector: readMemoryMb(pids.collector).now,
      engine: readMemoryMb(pids.clickhouse).now,
    },
  }
}

/** Takes requests, and its tables and API are there too. */
async function readReady(dataDir: string, port: number) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
    if (answer.status !== 200) return undefined
    return Run.parse(JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')))
  } catch {
    return undefined // not yet
  }
}

/** As Ctrl-C does: the whole group. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_MS_MAX) })
  process.kill(-child.pid, 'SIGINT')
  await ended
}

async function freePort(): Promise<number> {
  await using server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // a TCP server that listens has one
}
