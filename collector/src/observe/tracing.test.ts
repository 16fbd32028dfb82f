import { expect, test } from 'vitest'
import { startTracing } from './tracing.ts'

test.each([
  ['no endpoint', {}],
  ['its own port', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }],
  [
    'its own port by address',
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4380/v1/traces' },
  ],
  [
    'the SDK switched off',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other:4318', OTEL_SDK_DISABLED: 'true' },
  ],
])('starts nothing with %s', async (_what, given: Record<string, string>) => {
  const environment = { ...given }
  await using _tracing = startTracing(environment, '1.0.0', [4318, 4380])
  expect(environment).toEqual(given) // a start names the service there
})
