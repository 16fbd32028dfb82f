import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { describeSlo } from '../slos/describe-slo.ts'
import { readFirings, readSloStates } from '../slos/slo-state.ts'
import { deleteSlo, readSlos, storeSlo } from '../slos/stored-slos.ts'
import { trackSlos } from './track-slos.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
  await project.insert('operation_minutes', rows)
  await project.insert('release_sightings', [sighting('2.3.9', 0), sighting('2.4.0', OUTAGE_FROM)])
})
afterAll(() => project[Symbol.asyncDispose]())

const signal = new AbortController().signal
const START = Math.floor(Date.UTC(2026, 0, 5) / 60_000)
const OUTAGE_FROM = 600
const OUTAGE_UNTIL = 630
const END = 700
const at = (minute: number) => (START + minute) * 60_000
/** When a minute and what is late for it are over. */
const after = (minute: number) => at(minute + 1) + 31_000

/** 1,000 requests a minute of two operations, a tenth of them slow; 2.4.0 fails a fifth for half an hour. */
const rows = Array.from({ length: END }, (_, minute) => {
  const bad = minute >= OUTAGE_FROM && minute < OUTAGE_UNTIL
  const row = {
    service: 'checkout',
    environment: 'production',
    version: minute < OUTAGE_FROM ? '2.3.9' : '2.4.0',
    minute: (START + minute) * 60,
    operation: 'POST /checkout',
    kind: 'server',
  }
  return [
    { ...row, bucket: 212, count: 900, errors: bad ? 200 : 0 }, // 95 to 103 ms
    { ...row, bucket: 227, count: 100, errors: 0 }, // 349 to 380 ms
    { ...row, operation: 'GET /cart', bucket: 200, count: 500, errors: 0 },
    { ...row, kind: 'client', bucket: 200, count: 5000, errors: 5000 },
    { ...row, environment: 'staging', bucket: 200, count: 1000, errors: 1000 },
  ].map((one) => ({ ...one, weighted_count: one.count, weighted_errors: one.errors }))
}).flat()

function sighting(version: string, minute: number) {
  const time = new Date(at(minute)).toISOString().slice(0, -1)
  return {
    service: 'checkout',
    environment: 'production',
    version,
    first_seen: time,
    last_seen: time,
    last_arrival: time,
  }
}

const availability = {
  service: 'checkout',
  environment: 'production',
  operations: ['POST /checkout'],
  sli: { kind: 'availability' as const },
  target: 0.999,
  periodDays: 30,
}

async function stand(id: string) {
  const [slo] = await readSlos(project.client, { id })
  const states = await readSloStates(project.client, [slo!])
  const firings = await readFirings(project.client, [slo!])
  return { ...describeSlo(slo!, states.get(id)), firings: firings.get(id)! }
}

test('an outage pages as it would have, looked at every minute or late, and its release pays', async () => {
  await storeSlo(project.client, 'early', availability, at(0))
  await storeSlo(project.client, 'late', availability, at(0))
  expect(await trackSlos(project.client, after(OUTAGE_FROM - 1), signal)).toEqual([])
  expect(await stand('early')).toMatchObject({ state: 'ok', bad: 0, total: 600_000, budgetLeft: 1 })
  await deleteSlo(project.client, 'late', at(0))
  for (let minute = OUTAGE_FROM; minute < OUTAGE_FROM + 7; minute++) {
    expect(await trackSlos(project.client, after(minute), signal)).toEqual([])
  }
  // The 864th bad request of an hour's 60,000 is one of the fifth minute.
  const paging = await stand('early')
  expect(paging.state).toBe('page')
  expect(paging.firings.find(({ rule }) => rule === 0)).toEqual({
    rule: 0,
    fromMinute: START + 604,
    untilMinute: null,
  })

  await storeSlo(project.client, 'late', availability, at(0))
  expect(await trackSlos(project.client, after(END - 1), signal)).toEqual([])
  const [early, late] = [await stand('early'), await stand('late')]
  expect(early.firings.find(({ rule }) => rule === 0)).toEqual({
    rule: 0,
    fromMinute: START + 604,
    untilMinute: START + 634,
  })
  expect(late.firings).toEqual(early.firings)
  expect(late).toMatchObject({ bad: 6000, total: 700_000 })
  expect(late.budgetLeft).toBeCloseTo(1 - 6000 / 700, 9)
  expect(late.releases[0]).toMatchObject({
    version: '2.4.0',
    bad: 6000,
    total: 100_000,
    baseline: { version: '2.3.9', rate: 0 },
    excess: 6000,
  })
  expect(late.releases[1]).toMatchObject({ version: '2.3.9', excess: null })
  expect(late.sentence).toContain('2.4.0 spent 857 % of it.')
})

test('a slow request is bad for a latency objective: above the next bucket edge', async () => {
  const slow = (thresholdMs: number) => ({
    ...availability,
    operations: undefined,
    sli: { kind: 'latency' as const, thresholdMs },
    target: 0.9,
  })
  await storeSlo(project.client, 'slow-300', slow(300), at(0))
  await storeSlo(project.client, 'slow-400', slow(400), at(0))
  expect(await trackSlos(project.client, after(END), signal)).toEqual([])
  const ofAll = await stand('slow-300')
  expect(ofAll).toMatchObject({ bad: 70_000, total: 1_050_000, state: 'ok' })
  expect(ofAll.countedThresholdMs).toBeGreaterThanOrEqual(300)
  expect(ofAll.countedThresholdMs).toBeLessThan(300 * 1.091)
  expect(await stand('slow-400')).toMatchObject({ bad: 0, total: 1_050_000 })
})

test('what came late is counted within a day, what was taken back is gone', async () => {
  await storeSlo(project.client, 'recount', availability, at(0))
  await trackSlos(project.client, after(300), signal)
  expect(await stand('recount')).toMatchObject({ bad: 0, total: 301_000 })
  await project.insert('operation_minutes', [
    { ...rows[0]!, minute: at(100) / 1000, count: 7, errors: 7 },
  ])
  await trackSlos(project.client, after(301), signal)
  expect(await stand('recount')).toMatchObject({ bad: 0 })
  await trackSlos(project.client, after(300 + 24 * 60), signal)
  expect(await stand('recount')).toMatchObject({ bad: 6007, total: 700_007 })
  await project.command(
    `DELETE FROM operation_minutes WHERE minute = toDateTime(${at(100) / 1000})`,
  )
  await trackSlos(project.client, after(300 + 2 * 24 * 60), signal)
  expect(await stand('recount')).toMatchObject({ bad: 6000, total: 699_000 })
})

test('a definition stored again is the same revision, a changed one is counted anew', async () => {
  const first = await storeSlo(project.client, 'revised', availability, at(0))
  expect(await storeSlo(project.client, 'revised', availability, at(5))).toEqual(first)
  await trackSlos(project.client, after(END), signal)
  expect((await stand('revised')).total).toBeGreaterThan(0)
  const loose = { ...availability, target: 0.5 }
  const second = await storeSlo(project.client, 'revised', loose, at(0))
  expect(second.revision).toBeGreaterThan(first.revision)
  expect(await stand('revised')).toMatchObject({ state: 'counting', budgetLeft: null, firings: [] })
  await trackSlos(project.client, after(END + 1), signal)
  expect(await stand('revised')).toMatchObject({ state: 'ok', firings: [] })
  expect(await deleteSlo(project.client, 'revised', at(0))).toBe(true)
  expect(await deleteSlo(project.client, 'revised', at(0))).toBe(false)
  expect(await readSlos(project.client, { id: 'revised' })).toEqual([])
})

test('a service without requests has no data, which is not 100 %', async () => {
  await storeSlo(project.client, 'nothing', { ...availability, service: 'nobody' }, at(0))
  await trackSlos(project.client, after(END + 2), signal)
  expect(await stand('nothing')).toMatchObject({ state: 'no_data', budgetLeft: null })
})
