import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, protobufOf, type Project } from '../../test/project.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const HOUR_MS = Math.floor(Date.now() / 3_600_000) * 3_600_000
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const resourceOf = (service: string, version: string, environment: string) => ({
  attributes: [
    attribute('service.name', service),
    attribute('service.version', version),
    attribute('deployment.environment.name', environment),
  ],
})

const span = fc.record({
  service: fc.constantFrom('shop', 'cart'),
  version: fc.constantFrom<string>('1.0.0', '1.1.0', ''),
  environment: fc.constantFrom('production', 'test'),
  route: fc.constantFrom<string>('/a', '/b/{id}'),
  kind: fc.constantFrom(1, 2, 3, 4, 5),
  failed: fc.boolean(),
  hasParent: fc.boolean(),
  sampled: fc.boolean(),
  offsetMs: fc.integer({ min: 0, max: 150_000 }),
  durationNs: fc.oneof(
    fc.constantFrom(0, 1, 2, 3, 255, 256, 257, 2 ** 40),
    fc.integer({ min: 1, max: 10_000_000_000 }),
  ),
})
type Span = typeof span extends fc.Arbitrary<infer Value> ? Value : never

const requestOf = (spans: readonly Span[]) => ({
  resourceSpans: spans.map((one) => ({
    resource: resourceOf(one.service, one.version, one.environment),
    scopeSpans: [
      {
        spans: [
          {
            traceId: '0af7651916cd43dd8448eb211c80319c',
            spanId: 'b7ad6b7169203331',
            ...(one.hasParent && { parentSpanId: '00f067aa0ba902b7' }),
            ...(one.sampled && { traceState: 'ot=th:8' }),
            kind: one.kind,
            startTimeUnixNano: `${HOUR_MS + one.offsetMs}000000`,
            endTimeUnixNano: String(
              BigInt(HOUR_MS + one.offsetMs) * 1_000_000n + BigInt(one.durationNs),
            ),
            status: { code: one.failed ? 2 : 0 },
            attributes: [
              attribute('http.request.method', 'GET'),
              attribute('http.route', one.route),
            ],
          },
        ],
      },
    ],
  })),
})

/** Counted from what was sent, without a look at what the database made of it. */
function recount(spans: readonly Span[]) {
  const minutes = new Map<
    string,
    { count: number; errors: number; weighted: number; weightedErrors: number }
  >()
  for (const one of spans) {
    const kind = kindOf(one)
    if (kind === undefined) continue
    const minute = HOUR_MS / 1000 + Math.floor(one.offsetMs / 60_000) * 60
    const bucket = one.durationNs === 0 ? -1000 : Math.ceil(Math.log2(one.durationNs) * 8) - 1
    const { service, environment, version, route } = one
    const key = JSON.stringify([
      service,
      environment,
      version,
      minute,
      `GET ${route}`,
      kind,
      bucket,
    ])
    const row = minutes.get(key) ?? { count: 0, errors: 0, weighted: 0, weightedErrors: 0 }
    const weight = one.sampled ? 2 : 1
    row.count += 1
    row.weighted += weight
    if (one.failed) {
      row.errors += 1
      row.weightedErrors += weight
    }
    minutes.set(key, row)
  }
  return minutes
}

function kindOf({ kind, hasParent }: Span): string | undefined {
  if (kind === 2) return 'server'
  if (kind === 5) return 'consumer'
  if (!hasParent) return 'root'
  return new Map([
    [3, 'client'],
    [4, 'producer'],
  ]).get(kind)
}

test('operation_minutes equals a recount of what was sent', async () => {
  const spans = fc.sample(span, { numRuns: 4000, seed: 3 })
  for (let from = 0; from < spans.length; from += 1000) {
    const part = spans.slice(from, from + 1000)
    await project.store('traces', [protobufOf('traces', requestOf(part))])
  }
  const rows = await project.read(`SELECT
      [service, environment, version, toString(toUnixTimestamp(minute)), operation, toString(kind), toString(bucket)] AS key,
      sum(count) AS count, sum(errors) AS errors,
      sum(weighted_count) AS weighted, sum(weighted_errors) AS weightedErrors
    FROM operation_minutes GROUP BY key`)
  const stored = new Map(
    rows.map(({ key, count, errors, weighted, weightedErrors }) => {
      const [service, environment, version, minute, operation, kind, bucket] = key as string[]
      return [
        JSON.stringify([
          service,
          environment,
          version,
          Number(minute),
          operation,
          kind,
          Number(bucket),
        ]),
        { count: Number(count), errors: Number(errors), weighted, weightedErrors },
      ]
    }),
  )
  const expected = recount(spans)
  expect(expected.size).toBeGreaterThan(1000)
  expect(stored).toEqual(expected)
})

const time = { timeUnixNano: `${HOUR_MS + 61_000}000000` }
const metric = (kind: object) => ({
  resourceMetrics: [
    {
      resource: resourceOf('seen', '2', 'test'),
      scopeMetrics: [{ metrics: [{ name: 'm', ...kind }] }],
    },
  ],
})

test.each([
  [
    'log record',
    'logs',
    {
      resourceLogs: [
        { resource: resourceOf('seen', '2', 'test'), scopeLogs: [{ logRecords: [time] }] },
      ],
    },
  ],
  ['gauge', 'metrics', metric({ gauge: { dataPoints: [{ ...time, asInt: '1' }] } })],
  ['sum', 'metrics', metric({ sum: { dataPoints: [{ ...time, asInt: '1' }] } })],
  ['histogram', 'metrics', metric({ histogram: { dataPoints: [time] } })],
  ['exponential histogram', 'metrics', metric({ exponentialHistogram: { dataPoints: [time] } })],
  ['summary', 'metrics', metric({ summary: { dataPoints: [time] } })],
] as const)('a release is seen by its first %s', async (_, kind, request) => {
  await project.command('TRUNCATE TABLE release_sightings')
  await project.store(kind, [protobufOf(kind, request)])
  // Log records are seen by way of their roll-up.
  const seenMs = HOUR_MS + (kind === 'logs' ? 60_000 : 61_000)
  expect(await sightings('seen')).toEqual([
    {
      environment: 'test',
      version: '2',
      firstMs: String(seenMs),
      lastMs: String(seenMs),
      arrived: 1,
    },
  ])
})

const one: Span = {
  service: 'shop',
  version: '3',
  environment: 'test',
  route: '/',
  kind: 2,
  failed: false,
  hasParent: true,
  sampled: false,
  offsetMs: 0,
  durationNs: 1,
}

test('a release is seen from its first span to its last, to the minute', async () => {
  await project.command('TRUNCATE TABLE release_sightings')
  for (const offsetMs of [70_000, 200_000, 10_000]) {
    await project.store('traces', [protobufOf('traces', requestOf([{ ...one, offsetMs }]))])
  }
  expect(await sightings('shop')).toEqual([
    {
      environment: 'test',
      version: '3',
      firstMs: String(HOUR_MS),
      lastMs: String(HOUR_MS + 180_000),
      arrived: 1,
    },
  ])
})

test('what comes for a minute that may have been judged is late', async () => {
  await project.command('TRUNCATE TABLE release_sightings')
  const nowMs = Date.now() - HOUR_MS
  const lateOf = async (ageMs: number) => {
    const aged = { ...one, version: String(ageMs), offsetMs: nowMs - ageMs }
    await project.store('traces', [protobufOf('traces', requestOf([aged]))])
  }
  for (const ageMs of [0, 19_000, 141_000, 7_200_000]) await lateOf(ageMs)
  const rows = await project.read(`SELECT version FROM release_sightings
    WHERE abs(last_late - now64(3)) < 60 AND late_count = 1 ORDER BY toInt64(version)`)
  expect(rows.map(({ version }) => version)).toEqual(['141000', '7200000'])
})

const sightings = (service: string) =>
  project.read(`SELECT environment, version,
      toUnixTimestamp64Milli(min(first_seen)) AS firstMs,
      toUnixTimestamp64Milli(max(last_seen)) AS lastMs,
      abs(max(last_arrival) - now64(3)) < 60 AS arrived
    FROM release_sightings WHERE service = '${service}' GROUP BY environment, version`)
