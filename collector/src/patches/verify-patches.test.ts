import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { storeClaim, verifyPatches } from './verify-patches.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
  const time = (minute: number) => new Date(at(minute)).toISOString().slice(0, -1)
  await project.insert('release_sightings', [
    ...[
      { version: '2.4.0', first: 0 },
      { version: '2.4.1', first: FIX },
    ].map(({ version, first }) => ({
      ...{ service: 'checkout', environment: 'production', version },
      first_seen: time(first),
      last_seen: time(END),
      last_arrival: time(END),
    })),
  ])
  // Both run on beside each other: stragglers are not held against the fix.
  await project.insert('operation_minutes', [
    ...requests('2.4.0', 0, END),
    ...requests('2.4.1', FIX, END),
  ])
  await project.insert('error_minutes', [
    ...events('gone', '2.4.0', 0, END, 5),
    ...events('stays', '2.4.0', 0, FIX, 5),
    ...events('stays', '2.4.1', FIX, END, 5),
    ...events('rarer', '2.4.0', 0, FIX, 1),
    ...events('rarer', '2.4.1', FIX + 5, END, 120),
    ...events('back', '2.4.0', 0, FIX, 5),
    ...events('back', '2.4.1', END - 10, END, 10),
  ])
  const claim = { service: 'checkout', fixedIn: '2.4.1' }
  for (const hash of ['gone', 'stays', 'rarer', 'back', 'never-seen']) {
    await storeClaim(project.client, hash, { ...claim, title: hash, hashes: [hash] }, at(FIX))
  }
})
afterAll(() => project[Symbol.asyncDispose]())

const START = Math.floor(Date.UTC(2026, 0, 5) / 60_000)
const FIX = 1440
const END = FIX + 2000
const at = (minute: number) => (START + minute) * 60_000

function requests(version: string, from: number, until: number) {
  return Array.from({ length: (until - from) / 10 }, (_, k) => ({
    ...{ service: 'checkout', environment: 'production', version, operation: 'POST /pay' },
    minute: (START + from + 10 * k) * 60,
    ...{ kind: 'server', bucket: 200, count: 100, errors: 0 },
    ...{ weighted_count: 100, weighted_errors: 0 },
  }))
}

/** One unhandled event every so many minutes. */
function events(hash: string, version: string, from: number, until: number, every: number) {
  return Array.from({ length: Math.floor((until - from) / every) }, (_, k) => ({
    ...{ service: 'checkout', environment: 'production', version, primary_hash: hash },
    minute: (START + from + every * k) * 60,
    ...{ events: 1, unhandled: 1 },
  }))
}

async function verified() {
  const [line] = await readReleaseLines(project.client, { service: 'checkout' })
  const { releases } = line!
  const input = { release: releases.at(-1)!, releases, nowMs: at(END) }
  const found = await verifyPatches(project.client, input, new AbortController().signal)
  return new Map(found.map((one) => [one.id, one]))
}

test('each claim has the state that its events and requests tell', async () => {
  const found = await verified()
  expect([...found].map(([id, { state }]) => [id, state])).toEqual([
    ['back', 'regressed'],
    ['gone', 'verified'],
    ['never-seen', 'collecting'],
    ['rarer', 'reduced'],
    ['stays', 'not_fixed'],
  ])
  expect(found.get('gone')).toMatchObject({
    after: { events: 0, exposure: 20_000 },
    ratio: 0,
    low: 0,
  })
  expect(found.get('gone')!.luck).toBeLessThan(0.05)
  expect(found.get('stays')!.low).toBeLessThan(found.get('stays')!.ratio!)
})
