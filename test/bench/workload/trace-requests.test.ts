import { checkRequest } from '@aftermath/otlp/check'
import { expect, test } from 'vitest'
import { generateTraceRequests } from './trace-requests.ts'

const nowMs = Date.UTC(2026, 0, 5, 12)
const workload = { seed: 7, spans: 20_000, nowMs }
const limits = { receivedMs: nowMs, retentionMs: 30 * 86_400_000 }
const requests = generateTraceRequests(workload)

test('the same seed gives the same bytes', () => {
  const again = generateTraceRequests(workload)
  expect(again.map(({ bytes }) => Buffer.from(bytes).toString('base64'))).toEqual(
    requests.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
  )
})

test('another seed gives other bytes', () => {
  const other = generateTraceRequests({ ...workload, seed: 8, spans: 1 })
  expect(Buffer.compare(other[0]!.bytes, requests[0]!.bytes)).not.toBe(0)
})

test('the check takes every span of every request and counts as the generator does', () => {
  const counts = requests.map(({ bytes }) => {
    const checked = checkRequest('traces', bytes, limits)
    return checked.outcome === 'ok' ? { items: checked.items, rejected: checked.rejected } : checked
  })
  expect(counts).toEqual(requests.map(({ spans }) => ({ items: spans, rejected: undefined })))
})

test('the facts of the resources add up to the request', () => {
  for (const { spans, blocks } of requests) {
    expect(blocks.reduce((sum, block) => sum + block.spans, 0)).toBe(spans)
  }
})

test('there are failures, spans that are not rolled up, and several releases', () => {
  const blocks = requests.flatMap((request) => request.blocks)
  const sum = (read: (block: (typeof blocks)[number]) => number) =>
    blocks.reduce((total, block) => total + read(block), 0)
  const spans = sum((block) => block.spans)
  expect(sum((block) => block.errors) / spans).toBeGreaterThan(0.01)
  expect(sum((block) => block.errors) / spans).toBeLessThan(0.02)
  expect(sum((block) => block.rolledUp)).toBeLessThan(spans)
  expect(
    new Set(blocks.map(({ service, version }) => `${service} ${version}`)).size,
  ).toBeGreaterThan(10)
})
