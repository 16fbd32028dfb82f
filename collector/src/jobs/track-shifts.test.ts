import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { storeChange } from '../changes/change-events.ts'
import { composeIncidents } from '../changes/incidents.ts'
import { readOnsets } from '../changes/release-onset.ts'
import { readShifts } from '../changes/stored-shifts.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { trackProject } from './track-shifts.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
  await project.insert('operation_minutes', [
    ...minutesOf('checkout', () => '2.3.9', { until: SHIFT }),
    // A canary beside the old release: it alone fails more.
    ...minutesOf('checkout', () => '2.3.9', { from: SHIFT }),
    ...minutesOf('checkout', () => '2.4.0', { from: SHIFT, errorsAfter: 40 }),
    ...minutesOf('cart', () => '1.0.0', { errorsAfter: 40 }),
    ...minutesOf('search', () => '1.0.0', {}),
    ...minutesOf('lonely', () => '1.0.0', { errorsAfter: 40, shift: LONELY }),
  ])
  await project.insert('release_sightings', [
    sighting('checkout', '2.3.9', 0),
    sighting('checkout', '2.4.0', SHIFT - 1),
    sighting('cart', '1.0.0', 0),
    sighting('search', '1.0.0', 0),
    sighting('lonely', '1.0.0', 0),
  ])
  await project.insert('otel_traces', [
    span('cart', 'Client', 'c'.repeat(16), ''),
    span('checkout', 'Server', 'd'.repeat(16), 'c'.repeat(16)),
  ])
  const change = {
    kind: 'flag' as const,
    service: 'cart',
    environment: 'production',
    name: 'new-pricing',
    source: 'test',
    recordedAt: new Date(at(SHIFT)).toISOString(),
  }
  await storeChange(project.client, {
    ...change,
    id: 'chg_1',
    sourceId: '1',
    changedAt: new Date(at(SHIFT - 8)).toISOString(),
  })
  await storeChange(project.client, {
    ...change,
    id: 'chg_2',
    sourceId: '2',
    name: 'long-before',
    changedAt: new Date(at(SHIFT - 70)).toISOString(),
  })
})
afterAll(() => project[Symbol.asyncDispose]())

const signal = new AbortController().signal
const START = Math.floor(Date.UTC(2026, 0, 5) / 60_000)
const END = 400
const SHIFT = 300
const LONELY = 200
const at = (minute: number) => (START + minute) * 60_000
const after = (minute: number) => at(minute) + 31_000

type Life = { from?: number; until?: number; shift?: number; errorsAfter?: number }

/** 1,000 requests a minute, 10 or so of them failed, and more from a minute on. */
function minutesOf(
  service: string,
  versionAt: (minute: number) => string,
  { from = 0, until: end = END, shift = SHIFT, errorsAfter = 10 }: Life,
) {
  return Array.from({ length: end - from }, (_, k) => {
    const minute = from + k
    const errors = (minute < shift ? 10 : errorsAfter) + (minute % 3)
    return {
      service,
      environment: 'production',
      version: versionAt(minute),
      minute: (START + minute) * 60,
      operation: 'POST /pay',
      kind: 'server',
      bucket: 200 + (minute % 2),
      count: 1000,
      errors,
      weighted_count: 1000,
      weighted_errors: errors,
    }
  })
}

function sighting(service: string, version: string, minute: number) {
  const time = (ms: number) => new Date(ms).toISOString().slice(0, -1)
  return {
    ...{ service, environment: 'production', version },
    first_seen: time(at(minute)),
    last_seen: time(at(END)),
    last_arrival: time(at(END)),
  }
}

function span(service: string, kind: string, id: string, parent: string) {
  return {
    Timestamp: new Date(at(SHIFT) + (kind === 'Client' ? 0 : 1)).toISOString().slice(0, -1),
    TraceId: 'a'.repeat(32),
    SpanId: id,
    ParentSpanId: parent,
    SpanName: 'pay',
    SpanKind: kind,
    ServiceName: service,
  }
}

async function incidents() {
  const range = { service: '', environment: '', fromMs: at(0), toMs: at(END) }
  const shifts = await readShifts(project.client, range)
  return composeIncidents(shifts.filter(({ operation }) => operation === ''))
}

test('a shift has its time, its level and the changes that may explain it', async () => {
  expect(await trackProject(project.client, after(END), signal)).toEqual([])
  const [last, first] = await incidents()
  expect(last).toMatchObject({
    at: new Date(at(SHIFT)).toISOString(),
    environment: 'production',
    services: ['cart', 'checkout'],
  })
  const ofCart = last!.shifts.find(({ service }) => service === 'cart')!
  expect(ofCart).toMatchObject({ signal: 'error_rate', operation: null, label: 'shift' })
  expect(ofCart.before).toBeCloseTo(0.011, 3)
  expect(ofCart.after).toBeCloseTo(0.041, 3)
  expect(Date.parse(ofCart.from)).toBeLessThan(at(SHIFT))
  expect(Date.parse(ofCart.to)).toBeGreaterThan(at(SHIFT))

  // The release alone moved, and cart calls it; the flag of cart was longer ago.
  expect(last!.suspects.map(({ name }) => name)).toEqual(['2.4.0', 'new-pricing'])
  expect(last!.suspects[0]).toMatchObject({ kind: 'release', split: 'only_new', minutesBefore: 1 })
  expect(last!.suspects[1]).toMatchObject({ kind: 'flag', path: 'same_service', split: 'unknown' })
  expect(last!.sentence).toContain('Suspect: checkout 2.4.0, 1 minute before.')

  expect(first).toMatchObject({ services: ['lonely'], suspects: [] })
  expect(first!.sentence).toContain('No recorded change explains it.')
})

test('a release is worse since its deployment, by its own points', async () => {
  const lines = await readReleaseLines(project.client, {})
  const onsetOf = (version: string, baselineVersion: string, deployed: number) =>
    readOnsets(
      project.client,
      {
        ...{ service: 'checkout', environment: 'production', version, baselineVersion, lines },
        ...{ deployedMs: at(deployed), lastSeenMs: at(END), sinceMs: null, nowMs: after(END) },
      },
      signal,
    )
  const [onset, ...others] = await onsetOf('2.4.0', '2.3.9', SHIFT - 1)
  expect(others).toEqual([])
  expect(onset).toMatchObject({ signal: 'error_rate', at: new Date(at(SHIFT)).toISOString() })
  expect(onset!.before).toBeCloseTo(0.011, 3)
  expect(onset!.after).toBeCloseTo(0.041, 3)
  expect(onset!.suspects[0]).toMatchObject({ kind: 'release', name: '2.4.0', split: 'only_new' })
  expect(await onsetOf('2.3.9', '2.3.8', 0)).toEqual([])
})

test('looking again changes nothing; what later points take back is gone', async () => {
  const before = await incidents()
  await trackProject(project.client, after(END + 5), signal)
  expect(await incidents()).toEqual(before)

  await project.insert(
    'operation_minutes',
    minutesOf('cart', () => '1.0.0', { from: END, until: END + 100 }),
  )
  await trackProject(project.client, after(END + 100), signal)
  const found = (await incidents()).filter(({ at: time }) => time < new Date(at(END)).toISOString())
  expect(found.flatMap(({ services }) => services).toSorted()).toEqual(['checkout', 'lonely'])
})
