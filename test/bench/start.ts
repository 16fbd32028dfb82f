import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { until } from '../harness/until.ts'
import type { Bench, BenchContext, Outcome } from './bench.ts'
import { judge } from './budget.ts'
import { readChildren, readCpuMs, readMemoryMb } from './process-usage.ts'
import { median } from './quantile.ts'
import { openRawEngine } from './raw-engine.ts'
import { storeDays } from './scale.ts'

const ROOT = join(import.meta.dirname, '../..')
const IDLE_MS = 10_000
const START_MS_MAX = 120_000
const END_MS_MAX = 40_000
const STORED_DAYS = 365

const Run = z.object({ pids: z.object({ collector: z.int(), clickhouse: z.int() }) })

/** `npm start` on a directory that knows it already, and what it takes when nothing happens. */
export const start: Bench = {
  summary: 'a second `npm start`, and memory and CPU when idle',
  rows: ['P4', 'P4.stored', 'P1.idle', 'P2.empty', 'P3', 'C4'],
  async run(context) {
    const empty = await measureEmpty(context)
    const stored = await measureStored(context)
    return {
      results: [...empty.results, ...stored.results],
      failures: [],
      details: { ...empty.details, ...stored.details },
    }
  },
}

export async function measureEmpty(context: BenchContext): Promise<Outcome> {
  const { times, size, say } = context
  await using dir = await temporaryDirectory()
  const first = await measureStart(context, dir.path)
  say(`  first start in an empty directory: ${first.seconds.toFixed(2)} s`)
  const starts: Started[] = []
  const count = times(5, 3)
  for (let nth = 0; nth < count; nth++) {
    const isLast = nth === count - 1
    starts.push(await measureStart(context, dir.path, isLast ? size(120, 30) * 1000 : 0))
    say(`  start ${nth + 2}: ${starts.at(-1)!.seconds.toFixed(2)} s`)
  }
  const bareSeconds: number[] = []
  for (let nth = 0; nth < 2; nth++) bareSeconds.push(await measureBare(context, dir.path))
  const seconds = starts.map((one) => one.seconds)
  const collector = starts.map((one) => one.idleMb.collector)
  const engine = starts.map((one) => one.idleMb.engine)
  const ratio = median(seconds) / median(bareSeconds)
  const idle = starts.at(-1)!.idlePercent // `count` is 3 or more
  say(
    `  idle: ${idle.toFixed(2)} % of a core; bare engine and Node start in ${median(bareSeconds).toFixed(2)} s`,
  )
  return {
    results: [
      judge('P4', median(seconds), seconds),
      judge('P1.idle', median(collector), collector),
      judge('P2.empty', median(engine), engine),
      judge('P3', idle, [idle]),
      judge(
        'C4',
        ratio,
        seconds.map((one) => one / median(bareSeconds)),
      ),
    ],
    failures: [],
    details: { firstSeconds: first.seconds, bareSeconds },
  }
}

async function measureStored(context: BenchContext): Promise<Outcome> {
  await using dir = await temporaryDirectory()
  await storeDays(context, dir.path, STORED_DAYS)
  await measureStart(context, dir.path) // migrates the rest
  const { seconds } = await measureStart(context, dir.path)
  context.say(`  on ${STORED_DAYS} stored days: ${seconds.toFixed(2)} s`)
  return { results: [judge('P4.stored', seconds, [seconds])], failures: [], details: {} }
}

/** An engine of its own on the same directory until it answers, and a Node that does nothing. */
async function measureBare({ signal }: BenchContext, dataDir: string): Promise<number> {
  const startedMs = performance.now()
  {
    await using _engine = await openRawEngine(signal, join(dataDir, 'clickhouse'), 'bare')
    const child = spawn(process.execPath, ['-e', '0'])
    await once(child, 'exit')
    return (performance.now() - startedMs) / 1000
  }
}

interface Started {
  seconds: number
  idleMb: { collector: number; engine: number }
  /** CPU of everything, of a core; 0 where it was not waited for. */
  idlePercent: number
}

/** Starts, waits until everything answers, leaves it alone for a while, ends it. */
async function measureStart(
  { signal }: BenchContext,
  dataDir: string,
  idleWindowMs = 0,
): Promise<Started> {
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const startedMs = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      AFTERMATH_DATA_DIR: dataDir,
      AFTERMATH_INGEST_PORT: String(ports[0]),
      AFTERMATH_APP_PORT: String(ports[1]),
      AFTERMATH_GRPC_PORT: String(ports[2]),
    },
  })
  await using _child = { [Symbol.asyncDispose]: () => end(child) }
  await once(child, 'spawn')
  child.stderr.resume()

  const { pids } = await until('it is ready', () => readReady(dataDir, ports[1]), START_MS_MAX)
  const seconds = (performance.now() - startedMs) / 1000
  await setTimeout(IDLE_MS, undefined, { signal })
  const idleMb = {
    collector: readMemoryMb(pids.collector).now,
    engine: readMemoryMb(pids.clickhouse).now,
  }
  if (idleWindowMs === 0) return { seconds, idleMb, idlePercent: 0 }
  // Half of it to come to rest, half of it to look.
  await setTimeout(idleWindowMs / 2, undefined, { signal })
  const everything = familyOf(child.pid!) // it was spawned
  const cpuMs = () => everything.reduce((sum, pid) => sum + readCpuMs(pid), 0)
  const beforeMs = cpuMs()
  const lookMs = performance.now()
  await setTimeout(idleWindowMs / 2, undefined, { signal })
  const idlePercent = ((cpuMs() - beforeMs) / (performance.now() - lookMs)) * 100
  return { seconds, idleMb, idlePercent }
}

const familyOf = (pid: number): number[] => [pid, ...readChildren(pid).flatMap(familyOf)]

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

async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'aftermath-bench-start-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
