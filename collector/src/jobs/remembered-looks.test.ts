import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { seededRandom } from '../../../test/harness/random.ts'
import { openProject, type Project } from '../../test/project.ts'
import { openClients, type Clients } from '../clickhouse/connection.ts'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import { openClosedMinutes, type ClosedMinutes } from '../releases/close-minutes.ts'
import { databaseReader } from '../releases/read-minutes.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { rememberMinutes, type Known } from '../releases/remembered-minutes.ts'
import { judgeRelease, type Look } from './judge-release.ts'
import { contextOf, surroundingsOf } from './judge-context.ts'

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

type Shop = Awaited<ReturnType<typeof openShop>>

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
  const clock = { nowMs: 0 }
  const closed: ClosedMinutes = openClosedMinutes(client, () => clock.nowMs)
  return {
    client,
    clock,
    closed,
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

type Asked = { look: Look; known: Known }

/** Closes what was served by then, and looks at every release. */
async function looksAt(shop: Shop, minutes: number): Promise<Asked[]> {
  shop.clock.nowMs = (START + minutes) * MINUTE_MS + 31_000
  const seen = await readReleaseLines(shop.client, {})
  const lines = await shop.closed.close(seen, [], new AbortController().signal)
  const verdicts = new Map([['1', 'ship']] as const)
  const surroundings = surroundingsOf(lines)
  const reopened = new Map(lines.map(({ service, late }) => [service, late.lateCount]))
  const nowMs = shop.closed.judgingMs()
  return lines.flatMap((line) =>
    line.releases.map(({ version }) => {
      const context = contextOf(line, version, {
        verdicts,
        decisions: [],
        sloAlerts: [],
        surroundings: '',
      })
      const look = { context, surroundings, policy: defaultPolicy, nowMs }
      const { client, database } = shop
      return { look, known: { client, database, place: context, nowMs, reopened } }
    }),
  )
}

/** What is read anew, as it was then. */
async function judgedAnew({ client }: { client: ClickHouseClient }, look: Look): Promise<string> {
  const reader = databaseReader(client, { ...look.context, asOf: look.nowMs })
  return JSON.stringify((await judgeRelease(reader, look)) ?? null)
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
  const told: { look: Look; body: string }[] = []
  for (const until of given.until) {
    await shop.serve(served, until)
    served = until
    for (let late = Math.floor(random() * 3); late > 0; late--) {
      const service = ['shop', 'cart', 'search'][Math.floor(random() * 3)]!
      await shop.comeLate(service, '1', Math.floor(random() * until))
    }
    for (const { look, known } of await looksAt(shop, until)) {
      const again = await judgeRelease(remembered.readerOf(known), look)
      const body = JSON.stringify(again ?? null)
      expect(body).toBe(await judgedAnew(shop, look))
      if (again !== undefined && again.evidence.length > 0) told.push({ look, body })
    }
  }
  expect(told.length).toBeGreaterThan(2)

  // Retention, and late data that came after it.
  await shop.comeLate('shop', '1', 50)
  await shop.comeLate('shop', '2', 103)
  await looksAt(shop, served)
  for (const { look, body } of told) expect(await judgedAnew(shop, look)).toBe(body)
})

test('what is known already is not asked for', async () => {
  const shop = await openShop({ operations: 6 })
  const remembered = rememberMinutes()
  let queries = 0
  const counting = (client: ClickHouseClient) =>
    new Proxy(client, {
      get(target, name, receiver) {
        if (name === 'query' || name === 'exec') queries++
        return Reflect.get(target, name, receiver) as unknown
      },
    })
  const judgeAll = async (minutes: number) => {
    const looks = await looksAt(shop, minutes)
    queries = 0
    for (const { look, known } of looks) {
      const client = counting(known.client)
      await judgeRelease(remembered.readerOf({ ...known, client }), look)
    }
    return queries
  }
  await shop.serve(0, 160)
  expect(await judgeAll(150)).toBeGreaterThan(0)
  expect(await judgeAll(150)).toBe(0)
  expect(await judgeAll(151)).toBeLessThanOrEqual(14)
})
