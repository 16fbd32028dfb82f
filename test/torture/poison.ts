import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import {
  attribute,
  fixed64,
  message,
  NANOS_PER_MS,
  text,
  varint,
} from '../../packages/otlp/test/encode.ts'
import { seededRandom } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import { conclude } from './conclude.ts'
import { MARK_ATTRIBUTE, markOf, spanIdOf, traceIdOf } from './ids.ts'
import { openLedger, type Attempt, type Kind, type Ledger } from './ledger.ts'
import { postOtlp } from './post-otlp.ts'
import { openEngine } from './read-engine.ts'
import { startSenders } from './senders.ts'
import { startServerProxy } from './server-proxy.ts'
import { openVictim, type Victim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const ITEMS_PER_POISON = 10_000
const ROUNDS = 10
const REST_MS_MAX = 10_000
const HELD_MS_MAX = 90_000
const KINDS: readonly Kind[] = ['traces', 'logs', 'metrics']

/** What ClickHouse will not take, and nothing before it objects to: rows that break a constraint (469). */
const CONSTRAINTS = [
  `otel_traces ADD CONSTRAINT no_poison CHECK SpanName != 'poison'`,
  `otel_logs ADD CONSTRAINT no_poison CHECK Body != 'poison'`,
  `otel_metrics_gauge ADD CONSTRAINT no_poison CHECK MetricName != 'poison'`,
]
const TABLES = CONSTRAINTS.map((constraint) => constraint.split(' ', 1)[0]!) // split gives one
/** Code of ClickHouse. */
const ACCESS_DENIED = 497

export const poison: Torture = {
  name: 'T11',
  what: `one item in ${ITEMS_PER_POISON} of each kind that ClickHouse refuses; a dropped column; a revoked grant`,
  passesWhen: `the culprit alone in dead letters, the rest stored within ${REST_MS_MAX / 1000} s; held batches resume; a replay stores`,
  run: runPoison,
}

async function runPoison({ options, say, signal }: Given): Promise<Outcome> {
  const rounds = options.times ?? ROUNDS
  const ledger = openLedger(options.seed)
  const dir = await mkdtemp(join(tmpdir(), 'aftermath-torture-server-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(dir, { recursive: true, force: true }))
  const engine = cleanup.use(await openEngine(dir))
  let isRevoked = false
  const proxy = cleanup.use(
    await startServerProxy(engine.connection, async (passing) => {
      if (!isRevoked || !/^\s*INSERT INTO \S*otel_logs/.test(passing.statement)) {
        return passing.answer(await passing.forward())
      }
      passing.req.resume()
      passing.res.writeHead(500, { 'x-clickhouse-exception-code': ACCESS_DENIED })
      passing.res.end(
        `Code: ${ACCESS_DENIED}. DB::Exception: Not enough privileges. (ACCESS_DENIED)`,
      )
    }),
  )
  const environment = { AFTERMATH_CLICKHOUSE_URL: proxy.url }
  const victim = cleanup.use(await openVictim({ environment }))
  const [project] = victim.projects
  const alter = (what: string) => engine.read(`ALTER TABLE ${what}`, project!.database)
  for (const constraint of CONSTRAINTS) await alter(constraint)

  const random = seededRandom(options.seed)
  const mixed = { ledger, random, victim, itemsPerSecondMax: 4000, mayBeRefused: false }
  const failures: string[] = []
  const restMs: number[] = []
  const poisoned: Attempt[] = []
  for (let nth = 0; nth < rounds; nth++) {
    const before = ledger.totals().acknowledged
    const enough = options.times === undefined ? ITEMS_PER_POISON * KINDS.length : 3000
    await using senders = startSenders(mixed)
    const isEnough = () => (ledger.totals().acknowledged - before > enough / 2 ? true : undefined)
    await until('half is taken', isEnough, 300_000)
    for (const kind of KINDS) poisoned.push(await sendPoison(ledger, victim, kind))
    const isAll = () => (ledger.totals().acknowledged - before > enough ? true : undefined)
    await until('all is taken', isAll, 300_000)
    await senders.stop()
    const stoppedMs = performance.now()
    await victim.quiet()
    restMs.push(performance.now() - stoppedMs)
    const dead = await countDeadLetters(victim)
    if (dead !== poisoned.length) failures.push(`${dead} dead letters for ${poisoned.length}`)
    signal.throwIfAborted()
    say(`${poisoned.length} poisoned items`)
  }
  if (options.times === undefined && Math.max(...restMs) > REST_MS_MAX) {
    failures.push(`the rest was stored after ${Math.round(Math.max(...restMs))} ms only`)
  }

  say('a column is dropped, then a grant revoked')
  await using senders = startSenders(mixed)
  const heldMs: number[] = []
  heldMs.push(
    await hold(victim, {
      hurt: () => alter('otel_logs DROP COLUMN EventName'),
      heal: () => alter('otel_logs ADD COLUMN EventName String AFTER LogAttributes'),
    }),
  )
  // A held table is tried each 30 s: the short form waits for one of the two.
  if (options.times === undefined) {
    heldMs.push(
      await hold(victim, {
        hurt: async () => void (isRevoked = true),
        heal: async () => void (isRevoked = false),
      }),
    )
  }
  await senders.stop()

  // What kept them out is mended: a part is sent again, the rest stays where it is.
  for (const table of TABLES) await alter(`${table} DROP CONSTRAINT no_poison`)
  const replayed = await replaySome(victim)
  const verified = await conclude({ victim, ledger, server: engine.read })
  const items = poisoned.length
  if (verified.figures['explained'] !== items - replayed) {
    failures.push(
      `${verified.figures['explained']} items in dead letters, ${items} were poison and ${replayed} replayed`,
    )
  }
  return {
    figures: {
      poisoned: items,
      replayed,
      restMsMax: Math.round(Math.max(...restMs)),
      resumedMsMax: Math.round(Math.max(...heldMs)),
      ...verified.figures,
    },
    failures: [...failures, ...verified.failures],
  }
}

/** One request with one item that no table takes, among all the others. */
async function sendPoison(ledger: Ledger, victim: Victim, kind: Kind): Promise<Attempt> {
  const { database, key } = victim.projects[0]! // `default` is always there
  const attempt = ledger.add({ kind, database, items: 1, itemsRefused: 0 })
  const time = BigInt(Date.now()) * NANOS_PER_MS
  const trace = traceIdOf(ledger, attempt)
  const span = spanIdOf(attempt, 0)
  const mark = attribute(7, MARK_ATTRIBUTE, text(1, markOf(ledger, attempt, 0)))
  const item = {
    traces: [
      ...[message(1, trace), message(2, span), text(5, 'poison'), varint(6, 2)],
      ...[fixed64(7, time), fixed64(8, time)],
      attribute(9, 'http.request.method', text(1, 'POST')),
      attribute(9, 'http.route', text(1, '/poison')),
    ],
    logs: [fixed64(1, time), message(5, text(1, 'poison')), message(9, trace), message(10, span)],
    metrics: [text(1, 'poison'), message(5, message(1, mark, fixed64(3, time), fixed64(6, 1n)))],
  }[kind]
  const resource = message(
    1,
    attribute(1, 'service.name', text(1, 'pay')),
    attribute(1, 'service.version', text(1, '1.4.0')),
    attribute(1, 'deployment.environment.name', text(1, 'production')),
  )
  const body = message(1, resource, message(2, message(2, ...item)))
  const agent = new Agent()
  const posted = await postOtlp({
    ...{ agent, ingest: victim.ingest, kind, key, type: 'protobuf', encoding: undefined, body },
    timeoutMs: 30_000,
  })
  agent.destroy()
  if (posted.outcome === 'lost' || posted.status !== 200) throw new Error('Poison was not taken.')
  attempt.answer = 'acknowledged'
  return attempt
}

/** @returns how long it took from the healing until everything is stored, in ms */
async function hold(
  victim: Victim,
  { hurt, heal }: { hurt: () => Promise<unknown>; heal: () => Promise<unknown> },
): Promise<number> {
  await hurt()
  await until('it says that batches are held', async () => {
    const status = await victim.status()
    return status?.problems.some(({ code }) => code === 'held') === true ? true : undefined
  })
  await setTimeout(1000)
  await heal()
  const healedMs = performance.now()
  await until(
    'nothing is held',
    async () => {
      const status = await victim.status()
      return status !== undefined && !status.problems.some(({ code }) => code === 'held')
        ? true
        : undefined
    },
    HELD_MS_MAX,
  )
  return performance.now() - healedMs
}

const Letters = z.object({ data: z.array(z.object({ id: z.string() })) })

/** Every second of the dead letters. @returns how many */
async function replaySome(victim: Victim): Promise<number> {
  const answer = await victim.api('/api/v1/dead-letters')
  const { data } = Letters.parse(await answer.json())
  const chosen = data.filter((_, nth) => nth % 2 === 0)
  for (const { id } of chosen) {
    const replayed = await victim.api(`/api/v1/dead-letters/${id}/replay`, { method: 'POST' })
    if (!replayed.ok) throw new Error(`No replay: ${await replayed.text()}`)
  }
  return chosen.length
}

async function countDeadLetters({ dataDir }: Victim): Promise<number> {
  const names = await readdir(join(dataDir, 'journal', 'dead')).catch(() => [])
  return names.filter((name) => name.endsWith('.otlp')).length
}
