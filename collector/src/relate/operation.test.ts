import { expect, test } from 'vitest'
import { operationKindOf, operationOf } from './operation.ts'
import { cases, spanRow } from './operation-cases.ts'
import { template } from './templating.ts'

test.each(cases)('calls $span operation $operation', ({ span, operation }) => {
  expect(operationOf(spanRow(span))).toBe(operation)
})

test.each([
  ['Server', 'p', 'server'],
  ['Server', '', 'server'],
  ['Consumer', 'p', 'consumer'],
  ['Internal', '', 'root'],
  ['Client', '', 'root'],
  ['Producer', '', 'root'],
  ['Client', 'p', 'client'],
  ['Producer', 'p', 'producer'],
  ['Internal', 'p', undefined],
  ['', 'p', undefined],
])('takes a span of kind %j with the parent %j as %s', (SpanKind, ParentSpanId, kind) => {
  expect(operationKindOf(spanRow({ SpanKind, ParentSpanId }))).toBe(kind)
})

test('reads a long text in a time that grows with its length', () => {
  const started = performance.now()
  for (const unit of ['/', 'a.', '@', '1', 'a@b.', '-', '/?', 'ot=th:']) {
    const text = unit.repeat(65_536 / unit.length)
    template(text)
    operationOf(spanRow({ SpanName: text }))
    operationOf(spanRow({ SpanAttributes: { 'http.method': text, 'url.full': text } }))
  }
  expect(performance.now() - started).toBeLessThan(2000)
})
