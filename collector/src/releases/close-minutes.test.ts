import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { openClosedMinutes } from './close-minutes.ts'
import { readReleaseLines, type ReleaseLine } from './read-releases.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const MINUTE_MS = 60_000
/** Ahead of the database's clock: what is late is told, not measured. */
const START = Math.floor(Date.now() / MINUTE_MS) + 24 * 60
const PLACE = { service: 'shop', environment: 'production', version: '1' }

const serve = (minute: number, count: number, more: object = {}) =>
  project.insert('operation_minutes', [
    {
      ...PLACE,
      minute: (START + minute) * 60,
      operation: 'GET /',
      kind: 'server',
      bucket: 100,
      count,
      errors: 1,
      ...more,
    },
  ])

/** Requests by minute, as of a time. */
async function closedAt(asOf: number): Promise<Record<string, number>> {
  const rows = await project.read(`
    SELECT intDiv(toUnixTimestamp(minute), 60) - ${START} AS at,
      argMax(judged.requests, generation) AS requests
    FROM judged_minutes AS judged WHERE generation <= ${asOf}
    GROUP BY at HAVING requests > 0 ORDER BY at`)
  return Object.fromEntries(rows.map(({ at, requests }) => [String(at), Number(requests)]))
}

function openLife() {
  let nowMs = START * MINUTE_MS
  const closed = openClosedMinutes(project.client, () => nowMs)
  let lateCount = 0
  return {
    judgingMs: closed.judgingMs,
    /** Something came late for the line. */
    late: () => void (lateCount += 1),
    async close(minute: number, dirtyMinutes: readonly number[] = []): Promise<number> {
      nowMs = (START + minute) * MINUTE_MS + 30_000
      const seen: ReleaseLine[] = await readReleaseLines(project.client, {})
      const lines = seen.map((line) => ({ ...line, late: { lastLateMs: 0, lateCount } }))
      const dirty = dirtyMinutes.map((one) => START + one)
      const found = await closed.close(lines, dirty, new AbortController().signal)
      return found[0]?.late.lateCount ?? 0
    },
  }
}

test('minutes are closed once they may be judged, and again when their counts change', async () => {
  const life = openLife()
  await serve(0, 10)
  await serve(0, 5, { operation: 'GET /a', bucket: 101 })
  await serve(0, 99, { kind: 'client' })
  await serve(1, 20)
  await serve(2, 30)
  expect(await life.close(2)).toBe(0)
  const first = life.judgingMs()
  expect(await closedAt(first)).toEqual({ 0: 15, 1: 20 })
  expect(
    await project.read(`SELECT failures, operations.name AS names, operations.failures AS failed,
      operations.buckets AS buckets, operations.requests AS requests
      FROM judged_minutes WHERE minute = fromUnixTimestamp(${START * 60})`),
  ).toEqual([
    {
      failures: '2',
      names: ['GET /', 'GET /a'],
      failed: [1, 1],
      buckets: [[100], [101]],
      requests: [[10], [5]],
    },
  ])

  // Late data.
  await serve(1, 3)
  life.late()
  expect(await life.close(3)).toBe(1)
  const second = life.judgingMs()
  expect(await closedAt(second)).toEqual({ 0: 15, 1: 23, 2: 30 })
  expect(await closedAt(first)).toEqual({ 0: 15, 1: 20 })

  // A repair: left out until it is over.
  expect(await life.close(3, [1])).toBe(2)
  const third = life.judgingMs()
  expect(await closedAt(third)).toEqual({ 0: 15, 2: 30 })
  await project.command(
    `DELETE FROM operation_minutes WHERE minute = fromUnixTimestamp(${(START + 1) * 60})`,
  )
  await serve(1, 20)
  expect(await life.close(3)).toBe(3)
  const fourth = life.judgingMs()
  expect(await closedAt(fourth)).toEqual({ 0: 15, 1: 20, 2: 30 })

  // Another life finds what changed while nobody looked, and nothing else.
  await serve(0, 1)
  const next = openLife()
  expect(await next.close(3)).toBe(1)
  expect(await closedAt(next.judgingMs())).toEqual({ 0: 16, 1: 20, 2: 30 })
  const generations = await project.read(
    'SELECT minute, count() AS n FROM judged_minutes GROUP BY minute ORDER BY minute',
  )
  expect(generations.map(({ n }) => Number(n))).toEqual([2, 4, 2])

  // Retention: what was closed stays.
  await project.command('TRUNCATE TABLE operation_minutes')
  const last = openLife()
  expect(await last.close(5)).toBe(0)
  expect(await closedAt(last.judgingMs())).toEqual({ 0: 16, 1: 20, 2: 30 })
  expect(await closedAt(third)).toEqual({ 0: 15, 2: 30 })
})
