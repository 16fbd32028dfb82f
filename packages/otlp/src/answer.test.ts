import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { STATUS_CODE, statusAnswer, successAnswer } from './answer.ts'

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Response { Partial partial_success = 1; }
  message Partial { int64 rejected = 1; string error_message = 2; }
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message BadRequest { message Violation { string field = 1; string description = 2; }
                       repeated Violation field_violations = 1; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
`,
  { keepCase: true },
)

function decoded(type: string, bytes: Uint8Array): Record<string, unknown> {
  const message = root.lookupType(type)
  return message.toObject(message.decode(bytes), { longs: Number })
}

function json(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString())
}

test('full success has no partial success: 0 bytes, {}', () => {
  expect(successAnswer('traces', 'protobuf')).toHaveLength(0)
  expect(json(successAnswer('traces', 'json'))).toEqual({})
})

const partial = { rejectedItems: 2, message: '2 spans rejected: …' }

test('partial success counts the rejected items', () => {
  expect(decoded('Response', successAnswer('logs', 'protobuf', partial))).toEqual({
    partial_success: { rejected: 2, error_message: partial.message },
  })
})

test.each([
  ['traces', 'rejectedSpans'],
  ['logs', 'rejectedLogRecords'],
  ['metrics', 'rejectedDataPoints'],
] as const)('in JSON %s call them %s', (kind, key) => {
  expect(json(successAnswer(kind, 'json', partial))).toEqual({
    partialSuccess: { [key]: '2', errorMessage: partial.message },
  })
})

test('a hint is a partial success that rejects nothing', () => {
  const hint = { rejectedItems: 0, message: 'hint' }
  expect(decoded('Response', successAnswer('metrics', 'protobuf', hint))).toEqual({
    partial_success: { error_message: 'hint' },
  })
  expect(json(successAnswer('metrics', 'json', hint))).toEqual({
    partialSuccess: { errorMessage: 'hint' },
  })
})

test('an error is a google.rpc.Status', () => {
  const status = { code: STATUS_CODE.unauthenticated, message: 'No key. Grüße' }
  expect(json(statusAnswer('json', status))).toEqual({ code: 16, message: 'No key. Grüße' })
  expect(decoded('Status', statusAnswer('protobuf', status))).toEqual(status)
})

test('a malformed request is answered with its field, a refused one with when to retry', () => {
  const status = {
    code: STATUS_CODE.unavailable,
    message: 'm',
    violation: { field: 'resource_spans[0]', description: 'cut short' },
    retryAfterMs: 1500,
  }
  expect(json(statusAnswer('json', status))).toEqual({
    code: 14,
    message: 'm',
    details: [
      { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [status.violation] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' },
    ],
  })
  const [badRequest, retryInfo] = detailsOf(statusAnswer('protobuf', status))
  expect(badRequest?.type_url).toBe('type.googleapis.com/google.rpc.BadRequest')
  expect(decoded('BadRequest', badRequest!.value)).toEqual({ field_violations: [status.violation] })
  expect(retryInfo?.type_url).toBe('type.googleapis.com/google.rpc.RetryInfo')
  expect(decoded('RetryInfo', retryInfo!.value)).toEqual({
    retry_delay: { seconds: 1, nanos: 500_000_000 },
  })
})

function detailsOf(bytes: Uint8Array): { type_url: string; value: Uint8Array }[] {
  const { details } = decoded('Status', bytes)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as declared above
  return details as { type_url: string; value: Uint8Array }[]
}
