import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { seededRandom } from '../../../test/harness/random.ts'
import { openProject, type Project } from '../../test/project.ts'
import { openClients, type Clients } from '../clickhouse/connection.ts'
import { databaseReader } from '../releases/read-minutes.ts'
import { readReleaseLines, type ReleaseLine } from '../releases/read-releases.ts'
import { rememberMinutes } from '../releases/remembered-minutes.ts'
import { judgeRelease, type Look } from './judge-release.ts'
import { knownOf } from './known-minutes.ts'

let clients: Clients
const projects: Project[] = []
beforeAll(() => {
  clients = openClients(inject('clickhouse'))
})
afterAll(async () => {
  for (const project of projects) await project[Symbol.asyncDispose]()
  await clients[Symbol.asyncDispose]()
})

const MINUTE_MS = 60_000
/** Ahead of the database's clock, so that only what the test calls late is late. */
const START = Math.floor(Date.now() / MINUTE_MS) + 24 * 60
const PLACE = { environment: 'production' }
const SECOND_FROM = 100

async function openShop({ operations }: { operations: number }) {
  const project = await openProject()
  projects.push(project)
  const random = seededRandom(operations)
  const client = clients.of(project.database)
  const rowOf = (service: string, version: string, minute: number, operation: number) => {
    const failing = version === '2' && operation === 1 ? 0.2 : 0.01
    const count = 1 + Math.floor(random() * 30)
    return {
      service,
      ...PLACE,
      version,
      minute: minute * 60,
      operation: `GET /${operation}`,
      kind: random() < 0.9 ? 'server' : 'client',
      bucket: 150 + Math.floor(random() * 12) + (version === '2' ? 2 : 0),
      count,
      errors: random() < failing * 5 ? Math.ceil(count * 0.2) : 0,
    }
  }
  const minuteOf = (service: string, version: string, minute: number) =>
    Array.from({ length: Math.min(operations, 12) }, (_, k) =>
      rowOf(service, version, minute, operations <= 12 ? k : Math.floor(random() * operations)),
    )
  return {
    client,
    random,
    database: project.database,
    serve: (from: number, until: number) => {
      const rows = []
      for (let minute = START + from; minute < START + until; minute++) {
        for (const service of ['shop', 'cart', 'search']) {
          rows.push(...minuteOf(service, '1', minute))
          const isThere = minute >= START + SECOND_FROM && service !== 'search'
          if (isThere) rows.push(...minuteOf(service, '2', minute))
        }
      }
      return project.insert('operation_minutes', rows)
    },
    async comeLate(service: string, version: string, minute: number) {
      await project.insert('operation_minutes', minuteOf(service, version, START + minute))
      const seen = { first_seen: (START + minute) * 60, last_seen: (START + minute) * 60 }
      await project.insert('release_sightings', [
        { service, ...PLACE, version, ...seen, late_count: 1 },
      ])
    },
  }
}

function looksAt(lines: readonly ReleaseLine[], minutes: number): Look[] {
  return lines.flatMap((line) =>
    line.releases.map((release) => ({
      line,
      others: lines.filter((other) => other !== line),
      release,
      verdicts: new Map([['1', 'ship']] as const),
      dirtyMinutes: [],
      nowMs: (START + minutes) * MINUTE_MS + 31_000,
    })),
  )
}

test.each([
  { operations: 6, what: 'a few operations', until: [60, 104, 112, 113, 150] },
  { operations: 400, what: 'more operations than are told apart', until: [104, 115, 150] },
])('with $what, what is remembered is judged as what is read anew', async (given) => {
  const { operations } = given
  const shop = await openShop({ operations })
  const remembered = rememberMinutes()
  const { random } = shop
  let served = 0
  let judged = 0
  for (const until of given.until) {
    await shop.serve(served, until)
    served = until
    for (let late = Math.floor(random() * 3); late > 0; late--) {
      const service = ['shop', 'cart', 'search'][Math.floor(random() * 3)]!
      await shop.comeLate(service, '1', Math.floor(random() * until))
    }
    const lines = await readReleaseLines(shop.client, {})
    for (const look of looksAt(lines, until)) {
      const known = knownOf({ client: shop.client, database: shop.database }, look)
      const anew = await judgeRelease(databaseReader(shop.client, known.place), look)
      const again = await judgeRelease(remembered.readerOf(known), look)
      expect(JSON.stringify(again)).toBe(JSON.stringify(anew))
      if (anew !== undefined && anew.judgement.evidence.length > 0) judged++
    }
  }
  expect(judged).toBeGreaterThan(2)
})

test('a version too large to remember is judged all the same', async () => {
  const shop = await openShop({ operations: 6 })
  const remembered = rememberMinutes({ versionRowsMax: 500 })
  for (const [from, until] of [
    [0, 130],
    [130, 140],
  ] as const) {
    await shop.serve(from, until)
    for (const look of looksAt(await readReleaseLines(shop.client, {}), until)) {
      const known = knownOf({ client: shop.client, database: shop.database }, look)
      const anew = await judgeRelease(databaseReader(shop.client, known.place), look)
      expect(await judgeRelease(remembered.readerOf(known), look)).toEqual(anew)
    }
  }
})

test('what is known already is not asked for', async () => {
  const shop = await openShop({ operations: 6 })
  const remembered = rememberMinutes()
  let queries = 0
  const client = new Proxy(shop.client, {
    get(target, name, receiver) {
      if (name === 'query') queries++
      return Reflect.get(target, name, receiver) as unknown
    },
  })
  const judgeAll = async (minutes: number) => {
    queries = 0
    for (const look of looksAt(lines, minutes)) {
      const known = knownOf({ client, database: shop.database }, look)
      await judgeRelease(remembered.readerOf(known), look)
    }
    return queries
  }
  await shop.serve(0, 160)
  const lines = await readReleaseLines(shop.client, {})
  expect(await judgeAll(150)).toBeGreaterThan(0)
  expect(await judgeAll(150)).toBe(0)
  expect(await judgeAll(151)).toBeLessThanOrEqual(12)
})
