import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { addPoint, emptySum, exponentialQuantile } from './exponential-histogram.ts'
import { histogramQuantile } from './histogram-quantile.ts'
import { readMetric, readMetricNames } from './metrics.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const START_MS = Date.UTC(2026, 0, 5, 12)
const MINUTE_MS = 60_000
const signal = new AbortController().signal
const range = { fromMs: START_MS, toMs: START_MS + 5 * MINUTE_MS }
const at = (minute: number) =>
  new Date(START_MS + minute * MINUTE_MS + 1000).toISOString().replace('T', ' ').slice(0, -1)

type Point = Record<string, unknown> & { minute: number; began?: number }
const insert = (kind: string, name: string, points: readonly Point[]) =>
  project.insert(
    `otel_metrics_${kind}`,
    points.map(({ minute, began = -600, ...point }) => ({
      ServiceName: 'shop',
      MetricName: name,
      MetricUnit: 's',
      ResourceAttributes: { 'service.version': '1.0.0' },
      TimeUnix: at(minute),
      StartTimeUnix: at(began),
      ...point,
    })),
  )

async function read(name: string, more: object = {}) {
  const wanted = { name, by: 'service', environment: 'production', stepMs: MINUTE_MS, ...range }
  const metric = await readMetric(project.client, { ...wanted, ...more }, signal)
  return {
    ...metric,
    lines: Object.fromEntries(metric?.series.map(({ key, v }) => [key, v]) ?? []),
  }
}

test('a gauge is the mean, the least or the greatest of a step', async () => {
  await insert('gauge', 'load', [
    { minute: 0, Value: 1 },
    { minute: 0.5, Value: 3 },
    { minute: 2, Value: 7 },
  ])
  expect((await read('load')).lines).toEqual({ shop: [2, null, 7, null, null] })
  expect((await read('load', { function: 'min' })).lines).toEqual({
    shop: [1, null, 7, null, null],
  })
  expect((await read('load', { function: 'max' })).lines).toEqual({
    shop: [3, null, 7, null, null],
  })
  const byRelease = await read('load', { by: 'release', service: 'shop', version: '1.0.0' })
  expect(byRelease.lines).toEqual({ '1.0.0': [2, null, 7, null, null] })
  expect(byRelease.functions).toEqual(['avg', 'min', 'max'])
})

test('a running total is the growth of each series, and begins anew after a reset', async () => {
  const counter = { AggregationTemporality: 2, IsMonotonic: true }
  await insert('sum', 'orders', [
    // Known before the range began: its first growth counts from there.
    { minute: -1, Value: 100, Attributes: { pay: 'card' }, ...counter },
    { minute: 0, Value: 160, Attributes: { pay: 'card' }, ...counter },
    { minute: 1, Value: 220, Attributes: { pay: 'card' }, ...counter },
    // It fell: the process began anew.
    { minute: 2, Value: 30, Attributes: { pay: 'card' }, ...counter },
    // It did not fall, and yet says that it began anew.
    { minute: 3, Value: 90, began: 2.5, Attributes: { pay: 'card' }, ...counter },
    // Nobody knows what of this lies in the range.
    { minute: 1, Value: 5000, Attributes: { pay: 'cash' }, ...counter },
    { minute: 2, Value: 5060, Attributes: { pay: 'cash' }, ...counter },
    // It began just before: all of it belongs here.
    { minute: 3, Value: 30, began: 2.5, Attributes: { pay: 'gift' }, ...counter },
  ])
  expect((await read('orders', { by: 'attr.pay', function: 'sum' })).lines).toEqual({
    card: [60, 60, 30, 90, null],
    cash: [null, 0, 60, null, null],
    gift: [null, null, null, 30, null],
  })
  const rate = await read('orders', { by: 'attr.pay' })
  expect(rate.measures).toBe('per_second')
  expect(rate.lines['card']).toEqual([1, 1, 0.5, 1.5, null])
})

test('deltas are added up, and a sum that goes both ways is its last values', async () => {
  const delta = { AggregationTemporality: 1, IsMonotonic: true }
  await insert('sum', 'sent', [
    { minute: 0, Value: 6, ...delta },
    { minute: 0.5, Value: 6, ...delta },
    { minute: 1, Value: 3, ...delta },
  ])
  expect((await read('sent', { function: 'sum' })).lines).toEqual({
    shop: [12, 3, null, null, null],
  })
  const level = { AggregationTemporality: 2, IsMonotonic: false }
  await insert('sum', 'open', [
    { minute: 0, Value: 4, Attributes: { pool: 'a' }, ...level },
    { minute: 0.5, Value: 2, Attributes: { pool: 'a' }, ...level },
    { minute: 0.2, Value: 5, Attributes: { pool: 'b' }, ...level },
  ])
  const open = await read('open')
  expect(open.functions).toEqual(['sum'])
  expect(open.lines).toEqual({ shop: [7, null, null, null, null] })
})

test('a histogram gives quantiles of what each step gained', async () => {
  const bounds = { ExplicitBounds: [1, 2, 4], AggregationTemporality: 2 }
  await insert('histogram', 'duration', [
    { minute: -1, Count: 100, Sum: 1000, BucketCounts: [0, 0, 0, 100], ...bounds },
    { minute: 0, Count: 110, Sum: 1010, BucketCounts: [10, 0, 0, 100], ...bounds },
    { minute: 1, Count: 130, Sum: 1040, BucketCounts: [10, 20, 0, 100], ...bounds },
    { minute: 2, Count: 4, Sum: 8, BucketCounts: [0, 4, 0, 0], ...bounds },
  ])
  expect((await read('duration', { function: 'p50' })).lines).toEqual({
    shop: [0.5, 1.5, 1.5, null, null],
  })
  expect((await read('duration', { function: 'avg' })).lines).toEqual({
    shop: [1, 1.5, 2, null, null],
  })
  const rate = await read('duration', { function: 'rate' })
  expect(rate.lines['shop']?.map((value) => value && value * 60)).toEqual([10, 20, 4, null, null])
})

test('an exponential histogram gives quantiles across scales, of deltas and running totals', async () => {
  const total = { AggregationTemporality: 2 }
  await insert('exponential_histogram', 'size', [
    // Scale 0: bucket i holds (2^i, 2^(i+1)].
    {
      minute: -1,
      Count: 5,
      Sum: 5,
      Scale: 1,
      PositiveOffset: 0,
      PositiveBucketCounts: [5],
      ...total,
    },
    {
      minute: 0,
      Count: 15,
      Sum: 45,
      Scale: 0,
      PositiveOffset: 0,
      PositiveBucketCounts: [5, 10],
      ...total,
    },
    {
      minute: 1,
      Count: 35,
      Sum: 200,
      Scale: 0,
      PositiveOffset: 0,
      PositiveBucketCounts: [5, 10, 20],
      ...total,
    },
    { minute: 2, Count: 2, Sum: 3, Scale: 0, ZeroCount: 2, PositiveBucketCounts: [], ...total },
  ])
  const [zero, one, two, ...rest] = (await read('size', { function: 'p50' })).lines['shop']!
  expect(zero).toBeCloseTo(2 ** 1.5, 9)
  expect(one).toBeCloseTo(2 ** 2.5, 9)
  expect([two, ...rest]).toEqual([0, null, null])
  expect((await read('size', { function: 'avg' })).lines['shop']?.slice(0, 2)).toEqual([4, 7.75])
})

test('a summary gives the quantiles that its sender computed', async () => {
  const quantiles = { 'ValueAtQuantiles.Quantile': [0.5, 0.95], 'ValueAtQuantiles.Value': [2, 9] }
  await insert('summary', 'wait', [{ minute: 0, Count: 1, Sum: 2, ...quantiles }])
  expect((await read('wait')).lines).toEqual({ shop: [9, null, null, null, null] })
  expect((await read('wait', { function: 'p50' })).lines).toEqual({
    shop: [2, null, null, null, null],
  })
})

test('names are those of the last hour, each with its kind', async () => {
  await insert('gauge', 'old', [{ minute: -90, Value: 1 }])
  const names = await readMetricNames(
    project.client,
    { ...range, fromMs: range.fromMs - 24 * 3_600_000, limit: 100 },
    signal,
  )
  const listed = names.map(({ name, kind }) => `${name} ${kind}`)
  expect(listed).toContain('orders sum')
  expect(listed).toContain('size exponential_histogram')
  expect(listed).not.toContain('old gauge')
  expect(await read('never-sent')).toEqual({ lines: {} })
})

test.each([
  [[], 0.5, null],
  [[{ bounds: [10], counts: [0, 0] }], 0.5, null],
  [[{ bounds: [10], counts: [4, 0] }], 0.5, 5],
  [[{ bounds: [10, 20], counts: [0, 0, 7] }], 0.5, 20],
  // Half the values below 10, half in (10, 30]: of other bounds, and yet one distribution.
  [
    [
      { bounds: [10, 30], counts: [5, 0, 0] },
      { bounds: [10, 30], counts: [0, 5, 0] },
    ],
    0.75,
    20,
  ],
  [[{ bounds: [-10, 0], counts: [0, 4, 0] }], 0.5, -5],
])('the quantile of %j at %d is %j', (histograms, share, value) => {
  expect(histogramQuantile(histograms, share)).toBe(value)
})

test('adding and taking away points of finer and coarser scales keeps the counts', () => {
  const sum = emptySum(3)
  const point = (scale: number, offset: number, buckets: number[]) => ({
    n: buckets.reduce((a, b) => a + b, 0),
    total: 0,
    scale,
    offset,
    buckets,
    zeros: 0,
    negatives: 0,
  })
  addPoint(sum, point(3, -9, [1, 2, 3, 4]))
  addPoint(sum, point(1, -3, [5, 6]))
  addPoint(sum, point(3, -9, [1, 2, 3, 4]), -1)
  expect(sum.scale).toBe(1)
  expect([...sum.buckets.values()].reduce((a, b) => a + b, 0)).toBe(11)
  expect(sum.n).toBe(11)
  expect(exponentialQuantile(sum, 1)).toBeCloseTo(2 ** (-1 / 2), 9)
})
