import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { readFlagSplit } from './flag-split.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
  await project.insert('otel_traces', [
    ...traces('bad-flag', { failEvery: { on: 5, off: 100 }, of: 'event' }),
    ...traces('good-flag', { failEvery: { on: 50, off: 50 }, of: 'attribute' }),
  ])
})
afterAll(() => project[Symbol.asyncDispose]())

const CHANGED_MS = Date.UTC(2026, 0, 5, 14)
const place = { service: 'checkout', environment: 'production' }

type Kind = { failEvery: { on: number; off: number }; of: 'event' | 'attribute' }

/** 40 requests a minute; off for all at first, then on for half of them. */
function traces(flag: string, { failEvery, of }: Kind) {
  return Array.from({ length: 50 * 40 }, (_, k) => {
    const minute = Math.floor(k / 40) - 20
    const on = minute >= 0 && k % 2 === 0
    const seen = { 'feature_flag.key': flag, 'feature_flag.result.variant': on ? 'on' : 'off' }
    const failed = Math.floor(k / 2) % failEvery[on ? 'on' : 'off'] === 0
    const trace = `${flag}-${k}`
    const span = {
      Timestamp: new Date(CHANGED_MS + minute * 60_000 + (k % 40) * 1000)
        .toISOString()
        .slice(0, -1),
      TraceId: trace,
      ServiceName: 'checkout',
    }
    const inner = {
      ...span,
      SpanId: `${trace}-2`,
      ParentSpanId: `${trace}-1`,
      SpanKind: 'Internal',
    }
    return [
      {
        ...{ ...span, SpanId: `${trace}-1`, ParentSpanId: '', SpanName: 'POST /pay' },
        ...{ SpanKind: 'Server', StatusCode: failed ? 'Error' : 'Unset', Duration: 1000 },
      },
      of === 'attribute'
        ? { ...inner, SpanName: 'evaluate', SpanAttributes: seen }
        : {
            ...{ ...inner, SpanName: 'work' },
            'Events.Timestamp': [span.Timestamp],
            'Events.Name': ['feature_flag.evaluation'],
            'Events.Attributes': [seen],
          },
    ]
  }).flat()
}

test.each([
  ['bad-flag', 'only_new'],
  ['good-flag', 'both'],
  ['no-such-flag', 'unknown'],
])('%s: %s', async (flag, split) => {
  const change = { flag, changedMs: CHANGED_MS }
  const { signal } = new AbortController()
  expect(await readFlagSplit(project.client, place, change, signal)).toBe(split)
})
