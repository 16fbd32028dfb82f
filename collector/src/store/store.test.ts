import { randomBytes } from 'node:crypto'
import { countRows } from '@aftermath/otlp/check'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { openProject, protobufOf, type Project } from '../../test/project.ts'
import { openClients, type Clients } from '../clickhouse/connection.ts'
import type { Journal } from '../journal/journal.ts'
import { onlyBatch, open, request, temporaryDirectory } from '../journal/testing.ts'
import { openMetrics } from '../observe/metrics.ts'
import { insertStatements } from './decode/insert-statements.ts'
import { ROLL_UPS } from './roll-ups.ts'
import { startStore, type Store } from './store.ts'
import { sendUnit } from './unit.ts'

let project: Project
let clients: Clients
let directory: { path: string } & AsyncDisposable
beforeAll(async () => {
  project = await openProject()
  clients = openClients(inject('clickhouse'))
})
beforeEach(async () => {
  directory = await temporaryDirectory()
  const tables = ['otel_traces', 'otel_logs', ...ROLL_UPS.map(({ target }) => target)]
  for (const table of tables) await project.command(`TRUNCATE TABLE ${table}`)
  return () => directory[Symbol.asyncDispose]()
})
afterAll(async () => {
  await clients[Symbol.asyncDispose]()
  await project[Symbol.asyncDispose]()
})

const SPANS = 3

function spans(startMs = Date.now(), name = 'GET /'): Uint8Array {
  const startNs = BigInt(startMs) * 1_000_000n
  const span = () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name,
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1000n),
  })
  const scopeSpans = [{ spans: Array.from({ length: SPANS }, span) }]
  return protobufOf('traces', { resourceSpans: [{ scopeSpans }] })
}

const openJournal = () => open(directory.path, { countRows })

/** A span whose start is no fixed64: what the check would never let through. */
const POISON = Buffer.from([0x0a, 6, 0x12, 4, 0x12, 2, 0x38, 1])

const append = (journal: Journal, bytes: Uint8Array) =>
  journal.append(request('', { bytes, items: SPANS, rows: countRows('traces', bytes) }))

const start = (
  journal: Journal,
  databaseOf: () => string | undefined = () => project.database,
  metrics = openMetrics('0'),
): Store =>
  startStore({
    journal,
    clients,
    ready: async () => {},
    databaseOf,
    databases: () => [project.database],
    metrics,
    now: Date.now,
    log: pino({ enabled: false }),
  })

/** Stores what the journal holds until nothing is left in it. */
async function drain(journal: Journal, databaseOf?: () => string | undefined): Promise<void> {
  await journal.flush()
  await using _store = start(journal, databaseOf)
  await expect.poll(() => journal.stats().sealedBatches, { timeout: 20_000 }).toBe(0)
}

/** Waits until everything is stored and no roll-up is doubtful. */
async function untilClean(store: Store, journal: Journal): Promise<void> {
  const left = () => [
    journal.stats().sealedBatches,
    ...Object.values(store.facts().dirtyMinutes).filter((minutes) => minutes > 0),
  ]
  await expect.poll(left, { timeout: 20_000 }).toEqual([0])
}

const dirtyRows = async () =>
  Number(
    (
      await project.read(`SELECT count() AS n FROM aftermath.dirty_minutes
        WHERE database = '${project.database}'`)
    )[0]?.['n'],
  )

const stored = async () =>
  Number((await project.read('SELECT count() AS n FROM otel_traces'))[0]?.['n'])

/** An attempt of an earlier life, with these bytes, whose end nobody saw. */
async function sendOnce(batch: bigint, bytes: Uint8Array): Promise<void> {
  const [statement] = insertStatements('traces', { database: project.database, batch })
  const { table, query } = statement!
  await sendUnit(clients.of(project.database), { table, query, rows: () => SPANS }, [bytes], {
    queryId: `${batch}-t-0`,
  })
}

test('stores every row of every request once', async () => {
  await using journal = await openJournal()
  for (let i = 0; i < 5; i++) await append(journal, spans())
  await drain(journal)
  expect(await stored()).toBe(5 * SPANS)
})

test('does not write a batch again that an earlier life has written', async () => {
  const bytes = spans()
  {
    await using journal = await openJournal()
    await append(journal, bytes)
    await sendOnce((await onlyBatch(journal)).id, bytes)
  }
  await using journal = await openJournal()
  await drain(journal)
  expect(await stored()).toBe(SPANS)
})

test('replaces the part of a batch that an earlier life has left', async () => {
  {
    await using journal = await openJournal()
    await append(journal, spans())
    await append(journal, spans())
    await sendOnce((await onlyBatch(journal)).id, spans())
  }
  await using journal = await openJournal()
  await drain(journal)
  expect(await stored()).toBe(2 * SPANS)
})

const minuteMs = Math.floor(Date.now() / 60_000) * 60_000

test.each([
  ['in the first moment of a minute', minuteMs - 60_000],
  ['in the last second of a minute', minuteMs - 500],
])(
  'counts the roll-up of a batch %s again whose insert was cut off before the view',
  async (_when, startMs) => {
    const bytes = spans(startMs)
    {
      await using journal = await openJournal()
      await append(journal, bytes)
      await sendOnce((await onlyBatch(journal)).id, bytes)
    }
    await project.command('TRUNCATE TABLE operation_minutes')
    await using journal = await openJournal()
    await append(journal, spans())
    await journal.flush()
    await using store = start(journal)
    await untilClean(store, journal)
    const [row] = await project.read('SELECT sum(count) AS n FROM operation_minutes')
    expect(Number(row?.['n'])).toBe(2 * SPANS)
    expect(await store.recount(project.database)).toEqual([])
    expect(await dirtyRows()).toBe(0)
  },
)

test('buries the one request that ClickHouse cannot take, and stores the rest', async () => {
  await using journal = await openJournal()
  for (let i = 0; i < 4; i++) await append(journal, spans())
  await append(journal, POISON)
  for (let i = 0; i < 4; i++) await append(journal, spans())
  await drain(journal)
  expect(await stored()).toBe(8 * SPANS)
  expect(journal.stats().deadLetters).toBe(1)
})

test('drops what belongs to a project that was deleted', async () => {
  await using journal = await openJournal()
  await append(journal, spans())
  await drain(journal, () => undefined)
  expect(await stored()).toBe(0)
})

test('a table that is not as it should be waits for a person, and no other waits for it', async () => {
  const log = protobufOf('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: `${Date.now()}000000` }] }] }],
  })
  await using journal = await openJournal()
  await project.command('ALTER TABLE otel_logs DROP COLUMN EventName')
  {
    await using store = start(journal)
    const rows = countRows('logs', log)
    await journal.append(request('', { kind: 'logs', bytes: log, items: 1, rows }))
    await journal.flush()
    await expect
      .poll(() => store.facts().held, { timeout: 20_000 })
      .toEqual([`${project.database}.otel_logs`])
    await append(journal, spans())
    await journal.flush()
    await expect.poll(stored, { timeout: 20_000 }).toBe(SPANS)
    expect(journal.stats().deadLetters).toBe(0)
  }
  await project.command('ALTER TABLE otel_logs ADD COLUMN EventName String')
  await drain(journal)
  const [row] = await project.read('SELECT count() AS n FROM otel_logs')
  expect(Number(row?.['n'])).toBe(1)
})

test('what ClickHouse refused is stored once when it is sent again, and the roll-ups have it once', async () => {
  await using journal = await openJournal()
  await project.command("ALTER TABLE otel_traces ADD CONSTRAINT sane CHECK SpanName != 'poison'")
  for (const name of ['a', 'b', 'poison', 'c']) await append(journal, spans(minuteMs, name))
  await journal.flush()
  await using store = start(journal)
  await untilClean(store, journal)
  const [letter, ...more] = store.deadLetters.list(1)
  expect(more).toEqual([])
  expect(letter).toMatchObject({ items: SPANS, code: 469, reason: 'refused', kind: 'traces' })
  expect(await store.deadLetters.read(letter!.id)).toHaveLength(letter!.bytes)
  expect(await stored()).toBe(3 * SPANS)

  await project.command('ALTER TABLE otel_traces DROP CONSTRAINT sane')
  expect(await store.deadLetters.replay(letter!)).toBe('replayed')
  expect(store.deadLetters.list(1)).toEqual([])
  await journal.flush()
  await untilClean(store, journal)
  expect(await stored()).toBe(4 * SPANS)
  expect(await store.recount(project.database)).toEqual([])
  const rows = await project.read(`SELECT state FROM aftermath.dead_letters FINAL
    WHERE database = '${project.database}' AND batch = ${letter!.batch}`)
  expect(rows).toEqual([{ state: 'replayed' }])
})

test('an audit finds a roll-up that is no recount, tells it, and has it repaired', async () => {
  await using journal = await openJournal()
  const lastHourMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 1_800_000
  await append(journal, spans(lastHourMs))
  await journal.flush()
  const metrics = openMetrics('0')
  await using store = start(journal, undefined, metrics)
  await untilClean(store, journal)
  await store.audit(project.database)
  expect((await metrics.rollUpMismatch.get()).values).toEqual([])

  await project.command('TRUNCATE TABLE operation_minutes')
  await store.audit(project.database)
  expect((await metrics.rollUpMismatch.get()).values).toMatchObject([
    { labels: { table: 'operation_minutes' }, value: 1 },
  ])
  await untilClean(store, journal)
  expect(await store.recount(project.database)).toEqual([])
})
