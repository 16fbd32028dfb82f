import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fixed64, message, NANOS_PER_MS, text, varint } from '../../packages/otlp/test/encode.ts'
import { seededRandom } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import { postOtlp } from './post-otlp.ts'
import { openEngine, type Read } from './read-engine.ts'
import { startSenders } from './senders.ts'
import { startServerProxy } from './server-proxy.ts'
import { openVictim, type Project, type Victim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const ROUNDS = 40
const DAY_MS = 86_400_000
const OLD_DAYS = 25
const REPAIR_FAULTS = ['rollup.delete:exit', 'rollup.insert:exit', 'rollup.clear:exit'] as const

export const halfway: Torture = {
  name: 'T12',
  what: `a roll-up's table gone during inserts, kills of engine and collector in the middle of it and of its repair, ${ROUNDS} times; raw rows dropped`,
  passesWhen: '0 keys differ from a recount; minutes whose raw rows are gone stay as they were',
  run: runHalfway,
}

async function runHalfway({ options, say, signal }: Given): Promise<Outcome> {
  const rounds = options.times ?? ROUNDS
  const random = seededRandom(options.seed)
  const ledger = openLedger(options.seed)
  const dir = await mkdtemp(join(tmpdir(), 'aftermath-torture-server-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(dir, { recursive: true, force: true }))
  const engine = cleanup.use(await openEngine(dir))
  const proxy = cleanup.use(
    await startServerProxy(engine.connection, async (passing) =>
      passing.answer(await passing.forward()),
    ),
  )
  const environment = { AFTERMATH_CLICKHOUSE_URL: proxy.url }
  const victim = cleanup.use(await openVictim({ environment, projects: ['old'] }))
  const [project, old] = [victim.projects[0]!, victim.projects[1]!] // as opened
  const rawless = await dropRawRows(victim, old, engine.read)

  const random2 = seededRandom(options.seed + 1)
  const senders = cleanup.use(
    startSenders({ ledger, random: random2, victim: { ...victim, projects: [project] } }),
  )
  /** Again until it is answered: the engine may be on its way back. */
  const command = (sql: string) =>
    until('the engine answers', () => engine.read(sql, project.database).catch(() => undefined))
  const counts = { engineKills: 0, collectorKills: 0, repairFaults: 0 }
  for (let nth = 0; nth < rounds; nth++) {
    await setTimeout(500 + random() * 1500, undefined, { signal })
    await command('DETACH TABLE IF EXISTS operation_minutes SYNC')
    await setTimeout(random() * 1500)
    const pid = engine.pid()
    if (nth % 3 === 1 && pid !== undefined) {
      process.kill(pid, 'SIGKILL') // it comes back with the table
      counts.engineKills++
    } else {
      await command('ATTACH TABLE IF NOT EXISTS operation_minutes')
    }
    if (nth % 3 === 2) {
      await victim.life.end('SIGKILL')
      const faults = `${REPAIR_FAULTS[nth % REPAIR_FAULTS.length]!}:1` // within its length
      victim.start({ NODE_ENV: 'test', AFTERMATH_FAULTS: faults })
      await setTimeout(3000 + random() * 2000, undefined, { signal })
      if (victim.life.hasEnded) counts.repairFaults++
      await victim.life.end('SIGKILL')
      victim.start()
      counts.collectorKills += 2
    }
    if (nth % 10 === 9) say(`${nth + 1} rounds`)
  }
  await senders.stop()
  const rawlessAfter = await until('the engine answers', () =>
    readRollUp(engine.read, old).catch(() => undefined),
  )
  const verified = await conclude({
    victim,
    databases: [project.database],
    ledger,
    server: engine.read,
    quietMsMax: 15 * 60_000,
  })
  const failures = [...verified.failures]
  if (rawlessAfter !== rawless) {
    failures.push(`minutes without raw rows changed from ${rawless} to ${rawlessAfter}`)
  }
  return { figures: { rounds, ...counts, ...verified.figures }, failures }
}

/** Spans of long ago, rolled up; then their partition goes, as retention has it. */
async function dropRawRows(victim: Victim, project: Project, read: Read): Promise<string> {
  const at = BigInt(Date.now() - OLD_DAYS * DAY_MS) * NANOS_PER_MS
  const spans = Array.from({ length: 50 }, (_, nth) =>
    message(
      2,
      message(1, Buffer.alloc(16, 1)),
      message(2, Buffer.alloc(8, nth + 1)),
      text(5, 'GET /old'),
      varint(6, 2),
      fixed64(7, at),
      fixed64(8, at + 1000n),
    ),
  )
  const agent = new Agent()
  const posted = await postOtlp({
    ...{ agent, ingest: victim.ingest, kind: 'traces', key: project.key, type: 'protobuf' },
    encoding: undefined,
    body: message(1, message(2, ...spans)),
    timeoutMs: 30_000,
  })
  agent.destroy()
  if (posted.outcome === 'lost' || posted.status !== 200) throw new Error('It was not taken.')
  await victim.quiet()
  const rolledUp = await readRollUp(read, project)
  await read(
    `ALTER TABLE otel_traces DROP PARTITION '${new Date(Number(at / NANOS_PER_MS)).toISOString().slice(0, 10)}'`,
    project.database,
  )
  // Somebody believes that they need a repair.
  const minute = Math.floor(Number(at / NANOS_PER_MS) / 60_000) * 60
  await read(
    `INSERT INTO aftermath.dirty_minutes (database, source, minute, generation, reason)
      VALUES ('${project.database}', 'otel_traces', ${minute}, 1, 'torture')`,
  )
  return rolledUp
}

async function readRollUp(read: Read, { database }: Project): Promise<string> {
  const rows = await read(
    'SELECT minute, operation, sum(count) FROM operation_minutes GROUP BY ALL ORDER BY ALL',
    database,
  )
  return JSON.stringify(rows)
}
