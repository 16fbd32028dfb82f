import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { failedOf } from './failed.ts'
import { cases, outcomes, releases, spanRow, weights } from './operation-cases.ts'
import { operationKindOf, operationOf } from './operation.ts'
import { environmentOf, versionOf } from './release-of.ts'
import { samplingWeightOf } from './sampling-weight.ts'
import type { SpanRow } from './span-row.ts'

test.each(outcomes)('says of $span that it failed: $failed', ({ span, failed }) => {
  expect(failedOf(spanRow(span))).toBe(failed)
})

test.each(weights)('lets $span stand for $weight', ({ span, weight }) => {
  expect(samplingWeightOf(spanRow(span))).toBe(weight)
})

test.each(releases)('finds version and environment of $span', ({ span, version, environment }) => {
  const item = itemOf(spanRow(span))
  expect([versionOf(item), environmentOf(item)]).toEqual([version, environment])
})

const itemOf = ({ SpanAttributes, ResourceAttributes }: SpanRow) => ({
  attributes: SpanAttributes,
  resource: ResourceAttributes,
})

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

test('the roll-up says of every case what TypeScript says', async () => {
  const spans = [...cases, ...outcomes, ...weights, ...releases].map(({ span }) => spanRow(span))
  expect(await rolledUp(spans)).toEqual(spans.map(factsOf))
})

test('the roll-up says of any span what TypeScript says', async () => {
  const spans = fc.sample(anySpan, { numRuns: 3000, seed: 7 })
  expect(await rolledUp(spans)).toEqual(spans.map(factsOf))
})

/** What the roll-up should hold of a span; nothing of one inside a service. */
function factsOf(span: SpanRow) {
  const kind = operationKindOf(span)
  if (kind === undefined) return undefined
  const weight = samplingWeightOf(span)
  const failed = failedOf(span)
  return {
    operation: operationOf(span),
    kind,
    version: versionOf(itemOf(span)),
    environment: environmentOf(itemOf(span)),
    count: '1',
    errors: failed ? '1' : '0',
    weighted_count: weight,
    weighted_errors: failed ? weight : 0,
  }
}

/** Inserts each span as a service of its own and reads what became of it. */
let inserts = 0
async function rolledUp(spans: readonly SpanRow[]) {
  const prefix = `${inserts++}-`
  const Timestamp = '2026-01-05 10:00:00.000000000'
  await project.insert(
    'otel_traces',
    spans.map((span, at) => ({
      ...span,
      Timestamp,
      ServiceName: `${prefix}${at}`,
      'Events.Timestamp': span['Events.Name'].map(() => Timestamp),
    })),
  )
  const rows =
    await project.read(`SELECT service, operation, kind, version, environment, count, errors,
    weighted_count, weighted_errors FROM operation_minutes WHERE startsWith(service, '${prefix}')`)
  const byService = new Map(rows.map(({ service, ...facts }) => [service, facts]))
  return spans.map((_, at) => byService.get(`${prefix}${at}`))
}

// What the rules look at, to be put together.
const PIECES = [
  '/',
  '//',
  '?',
  '#',
  '@',
  '.',
  ' ',
  '-',
  '=',
  '…',
  '{id}',
  '\n',
  '\0',
  '🧀',
  'ß',
  'ı',
  '\\',
  "'",
  'a',
  'users',
  'deadbeef',
  '1',
  '42',
  '2026-01-05',
  'T10',
  'a@b.c',
  '0123456789abcdef',
  '123e4567-e89b-12d3-a456-426614174000',
  'abcdefab-abcd-abcd-abcd-abcdefabcdef',
  'http://h',
]
const joined = (pieces: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...pieces), { maxLength }).map((some) => some.join(''))

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', 'GET', 'true', '500', '404', '2', 'INTERNAL', 'https://h/a/1?b', '8', 'name'),
  joined(PIECES, 14),
)

const key = fc.constantFrom(
  ...new Set(
    [...cases, ...outcomes, ...weights, ...releases].flatMap(({ span }) => [
      ...Object.keys(span.SpanAttributes ?? {}),
      ...Object.keys(span.ResourceAttributes ?? {}),
    ]),
  ),
  'other',
)
const attributes = fc.dictionary(key, text, { maxKeys: 6 }).map((entries) => ({ ...entries }))

const traceState = joined(['ot=', 'th:', 'rv:', ';', ',', ' ', '8', 'c0', 'fff', 'x=', '\t'], 9)

const anySpan: fc.Arbitrary<SpanRow> = fc
  .record({
    SpanName: text,
    SpanKind: fc.constantFrom('Server', 'Client', 'Producer', 'Consumer', 'Internal', ''),
    ParentSpanId: fc.constantFrom('', 'b7ad6b7169203331'),
    TraceState: traceState,
    StatusCode: fc.constantFrom('Unset', 'Unset', 'Ok', 'Error', ''),
    SpanAttributes: attributes,
    ResourceAttributes: attributes,
    events: fc.array(
      fc.tuple(
        fc.constantFrom('exception', 'log'),
        fc.dictionary(
          fc.constant('exception.escaped'),
          fc.constantFrom('true', 'TRUE', 'false', ''),
        ),
      ),
      { maxLength: 3 },
    ),
  })
  .map(({ events, ...span }) => ({
    ...span,
    'Events.Name': events.map(([name]) => name),
    'Events.Attributes': events.map(([, entries]) => ({ ...entries })),
  }))
