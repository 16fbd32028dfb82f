import { checkRequest } from '@aftermath/otlp/check'
import { expect, test } from 'vitest'
import { generateRequests } from './generate.ts'
import { Workload } from './workload.ts'

const nowMs = Date.UTC(2026, 0, 5, 12)
const limits = { receivedMs: nowMs, retentionMs: 30 * 86_400_000 }
const make = (input: Partial<Workload> = {}) => [
  ...generateRequests(Workload.parse({ seed: 7, items: 20_000, ...input }), nowMs),
]
const requests = make()
const blocks = requests.flatMap((request) => request.blocks)
const sum = (read: (block: (typeof blocks)[number]) => number) =>
  blocks.reduce((total, block) => total + read(block), 0)

test.each(['traces', 'logs', 'metrics', 'mix'] as const)(
  'the same seed gives the same %s',
  (kind) => {
    const bytes = (seed: number) =>
      make({ kind, items: 5000, seed }).map((request) => request.bytes.toString('base64'))
    expect(bytes(7)).toEqual(bytes(7))
    expect(bytes(8)).not.toEqual(bytes(7))
  },
)

test.each(['traces', 'logs', 'metrics', 'mix'] as const)(
  'the check takes every item of the %s and counts as the generator does',
  (kind) => {
    for (const { kind: signal, bytes, items, blocks: facts } of make({ kind })) {
      const checked = checkRequest(signal, bytes, limits)
      expect(checked).toMatchObject({ outcome: 'ok', items, rejected: undefined })
      expect(facts.reduce((total, block) => total + block.items, 0)).toBe(items)
    }
  },
)

test('a mix has its shares of spans, logs and points', () => {
  const mixed = make({ kind: 'mix', items: 50_000 })
  const share = (kind: string) =>
    mixed.filter((one) => one.kind === kind).reduce((total, { items }) => total + items, 0) / 50_000
  expect(share('traces')).toBeCloseTo(0.72, 0)
  expect(share('logs')).toBeGreaterThan(0.12)
  expect(share('metrics')).toBeGreaterThan(0.04)
})

test('there are failures, spans that are not rolled up, and several releases', () => {
  const spans = sum((block) => block.items)
  expect(sum((block) => block.errors) / spans).toBeGreaterThan(0.01)
  expect(sum((block) => block.errors) / spans).toBeLessThan(0.02)
  expect(sum((block) => block.rolledUp)).toBeLessThan(spans)
  expect(
    new Set(blocks.map(({ service, version }) => `${service} ${version}`)).size,
  ).toBeGreaterThan(30)
})

test('requests are of the sizes that are asked for', () => {
  const fixed = make({ requestItems: 100, items: 1000 })
  expect(fixed.map(({ items }) => items)).toEqual(Array.from({ length: 10 }, () => 100))
})
