import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { nameOf, readLedger } from './checked-releases.ts'

const FIRST = '2026-03-01T10:00:00.000Z'
const at = (minutes: number) => new Date(Date.parse(FIRST) + minutes * 60_000).toISOString()
const place = { service: 'shop', environment: 'production' }
const signal = new AbortController().signal

let project: Project
beforeAll(async () => {
  project = await openProject()
  const sighting = (version: string, firstMinute: number, lastMinute: number) => ({
    ...place,
    version,
    first_seen: at(firstMinute).slice(0, -1),
    last_seen: at(lastMinute).slice(0, -1),
    last_arrival: at(lastMinute).slice(0, -1),
    last_late: 0,
    late_count: 0,
  })
  await project.insert('release_sightings', [
    sighting('1.0.0', 0, 200),
    sighting('1.1.0', 100, 160),
    sighting('1.1.1', 300, 400),
  ])
  const deployment = (version: string, status: string, minutes: number, id: string) => ({
    ...place,
    id,
    version,
    status,
    source: 'test',
    source_id: id,
    started_at: at(minutes).slice(0, -1),
    recorded_at: at(minutes).slice(0, -1),
  })
  await project.insert('deployments', [
    deployment('1.0.0', 'succeeded', 0, 'a'),
    deployment('1.1.0', 'succeeded', 100, 'b'),
    deployment('1.0.0', 'succeeded', 150, 'c'), // back to the old one
    deployment('1.1.1', 'rolled_back', 390, 'd'),
  ])
  const verdict = (version: string, state: string, minutes: number) => ({
    ...place,
    version,
    judged_at: at(minutes).slice(0, -1),
    inputs_until: at(minutes - 1).slice(0, -1),
    verdict: state,
    body: '{}',
  })
  await project.insert('verdicts', [
    verdict('1.1.0', 'insufficient_data', 102),
    verdict('1.1.0', 'insufficient_data', 103),
    verdict('1.1.0', 'roll_back', 110),
  ])
  await project.insert('verdicts', [verdict('1.1.0', 'roll_back', 111)])
  const decision = (id: string, action: string, minutes: number, undoes = '') => ({
    ...place,
    version: '1.1.0',
    id,
    action,
    reason: 'because',
    decided_by: 'Ada',
    via: 'token',
    verdict: 'roll_back',
    severity: 'major',
    judged_at: at(111).slice(0, -1),
    decided_at: at(minutes).slice(0, -1),
    undoes,
  })
  await project.insert('decisions', [
    decision('dec_1', 'accept', 112),
    decision('dec_2', 'accept', 112.1, 'dec_1'),
    decision('dec_3', 'roll_back', 113),
  ])
})
afterAll(() => project[Symbol.asyncDispose]())

test('a release comes with every state it had, who decided what, and what became of it', async () => {
  const { releases, decisions } = await readLedger(project.client, {}, signal)
  expect(releases.get(nameOf({ ...place, version: '1.1.0' }))).toEqual({
    version: '1.1.0',
    firstSeenMs: Date.parse(at(100)),
    told: expect.toSatisfy((told: { verdict: string }[]) => told.length === 2),
    decisions: [{ action: 'roll_back', atMs: Date.parse(at(113)) }],
    rolledBackMs: [Date.parse(at(150))],
    hotFixedMs: [Date.parse(at(300))],
  })
  const { told } = releases.get(nameOf({ ...place, version: '1.1.0' }))!
  expect(told.find((one) => one.verdict === 'roll_back')).toMatchObject({
    firstJudgedMs: Date.parse(at(110)),
    firstInputsUntilMs: Date.parse(at(109)),
  })
  expect(decisions.map(({ id, undoneMs }) => ({ id, undoneMs }))).toEqual([
    { id: 'dec_1', undoneMs: Date.parse(at(112.1)) },
    { id: 'dec_3', undoneMs: null },
  ])
})

test('what was registered as rolled back was, and the first release was never over anything', async () => {
  const { releases } = await readLedger(project.client, { service: 'shop' }, signal)
  const rolledBack = (version: string) =>
    releases
      .get(nameOf({ ...place, version }))
      ?.rolledBackMs.map((ms) => new Date(ms).toISOString())
  expect(rolledBack('1.1.1')).toEqual([at(390)])
  expect(rolledBack('1.0.0')).toEqual([])
})

test('another service has a ledger of its own', async () => {
  const { releases, decisions } = await readLedger(project.client, { service: 'cart' }, signal)
  expect({ releases: releases.size, decisions }).toEqual({ releases: 0, decisions: [] })
})
