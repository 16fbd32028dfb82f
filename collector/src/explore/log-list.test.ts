import type { LogRow } from '@aftermath/schemas/api/logs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countingClient } from '../../test/counting-client.ts'
import { openProject, type Project } from '../../test/project.ts'
import { type LogFilter, type LogPlace, readLogList, readTraceLogs, wordsOf } from './log-list.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
  await project.insert(
    'otel_logs',
    Array.from({ length: 120 }, (_, at) => ({
      Timestamp: new Date(START_MS + Math.floor(at / 4) * 7 * 60_000).toISOString().slice(0, -1),
      ServiceName: at % 2 === 0 ? 'shop' : 'cart',
      SeverityText: at % 10 === 0 ? 'ERROR' : 'INFO',
      SeverityNumber: at % 10 === 0 ? 17 : 9,
      // Twice the same every now and then: pages must not lose or repeat what cannot be told apart.
      Body: at % 3 === 0 ? `Pool exhausted after ${at} ms: Grüße` : 'all is well',
      TraceId: at < 4 ? TRACE : '',
      ResourceAttributes: {
        'service.version': at < 60 ? '1.0.0' : '2.0.0',
        'deployment.environment.name': at % 8 === 0 ? 'staging' : 'production',
      },
    })),
  )
})
afterAll(() => project[Symbol.asyncDispose]())

const START_MS = Date.UTC(2026, 0, 5)
const TRACE = 'ab'.repeat(16)
const signal = new AbortController().signal
const day = { fromMs: START_MS, toMs: START_MS + 24 * 3_600_000 }

async function readAll(filter: Partial<LogFilter>, limit: number): Promise<LogRow[]> {
  const all: LogRow[] = []
  for (let after: LogPlace | undefined; ;) {
    const wanted = { match: 'words' as const, ...day, ...filter }
    const { rows, next } = await readLogList(project.client, wanted, { limit, after }, signal)
    expect(rows.length).toBeLessThanOrEqual(limit)
    all.push(...rows)
    if (next === undefined) return all
    after = next
  }
}

test('pages hold every record once, newest first, also those that are alike', async () => {
  const whole = await readAll({}, 500)
  expect(whole).toHaveLength(120)
  expect(whole.map(({ at }) => at)).toEqual(
    whole
      .map(({ at }) => at)
      .toSorted()
      .toReversed(),
  )
  expect(await readAll({}, 17)).toEqual(whole)
})

test.each<[Partial<LogFilter>, number]>([
  [{ service: 'shop' }, 60],
  [{ severity: 'error' }, 12],
  [{ severity: 'fatal' }, 0],
  [{ version: '2.0.0' }, 60],
  [{ environment: 'staging' }, 15],
  [{ q: 'POOL exhausted' }, 40],
  [{ q: 'exhaust' }, 0],
  [{ q: 'exhaust', match: 'part' }, 40],
  [{ q: 'GRÜSSE', match: 'part' }, 0],
  [{ q: 'grüße', match: 'part' }, 40],
  [{ q: 'Pool: 0' }, 1],
  [{ q: "'; DROP TABLE otel_logs; --" }, 0],
  [{ q: '%_\\', match: 'part' }, 0],
  [{ q: '…?!' }, 0],
  [{ q: '???' }, 0],
  [{ traceId: TRACE }, 4],
])('finds with %j what it says', async (filter, found) => {
  expect(await readAll(filter, 200)).toHaveLength(found)
})

test('words are those of the index', () => {
  expect(wordsOf('Pool-exhausted: 12ms, GRÜẞE, pool')).toEqual([
    'pool',
    'exhausted',
    '12ms',
    'grÜẞe',
  ])
})

test('records of a trace come oldest first', async () => {
  const nanoseconds = (timeMs: number) => `${timeMs}000000`
  const range = { fromNs: nanoseconds(START_MS), toNs: nanoseconds(START_MS + 1000) }
  const rows = await readTraceLogs(project.client, { traceId: TRACE, ...range }, 100, signal)
  expect(rows).toHaveLength(4)
})

test('a rare word and a trace are read from few granules', async () => {
  await project.command(`INSERT INTO otel_logs (Timestamp, ServiceName, SeverityNumber, Body, TraceId)
    SELECT fromUnixTimestamp64Milli(${START_MS + 3_600_000} + number * 100), 'busy', 9,
      if(number = 123456, 'needle in here', concat('hay ', toString(number % 1000))),
      if(number % 3 = 0, leftPad(hex(cityHash64(number)), 32, '0'), '')
    FROM numbers(300000)`)
  await project.command('OPTIMIZE TABLE otel_logs FINAL')
  const { client, rowsRead } = countingClient(project.client)
  const filter = { match: 'words' as const, q: 'Needle', service: 'busy', ...day }
  const { rows } = await readLogList(client, filter, { limit: 10 }, signal)
  expect(rows).toHaveLength(1)
  expect(rowsRead()).toBeLessThan(3 * 8192)

  const traced = countingClient(project.client)
  const ofTrace = { match: 'words' as const, traceId: rows[0]!.traceId, ...day }
  expect((await readLogList(traced.client, ofTrace, { limit: 10 }, signal)).rows).toHaveLength(1)
  expect(traced.rowsRead()).toBeLessThan(3 * 8192)

  const newest = countingClient(project.client)
  const latest = {
    match: 'words' as const,
    service: 'busy',
    ...day,
    toMs: START_MS + 3_600_000 + 300_000 * 100,
  }
  expect((await readLogList(newest.client, latest, { limit: 50 }, signal)).rows).toHaveLength(50)
  // A quarter of an hour of this service.
  expect(newest.rowsRead()).toBeLessThan(9000 + 3 * 8192)
})
