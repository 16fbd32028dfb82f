import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ReleasesAnswer } from '@aftermath/schemas/api/releases'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { until } from './harness/until.ts'

const APP = fileURLToPath(new URL('fixtures/small-app.ts', import.meta.url))
const Recorded = z.object({ spans: z.int(), logs: z.int(), served: z.int() })

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector({ AFTERMATH_OPEN_INGEST: 'loopback' })
})
afterAll(() => collector[Symbol.asyncDispose]())

/** Runs the app with two variables, as the start page says. */
async function runApp(service: string, more: Record<string, string> = {}) {
  const { stdout } = await promisify(execFile)(process.execPath, [APP], {
    env: {
      PATH: process.env['PATH'],
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.run.ingest,
      OTEL_RESOURCE_ATTRIBUTES: `service.name=${service},service.version=1.1.0,deployment.environment.name=production`,
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      ...more,
    },
  })
  return Recorded.parse(JSON.parse(stdout))
}

const counts = (service: string) =>
  collector.sql(`SELECT
    (SELECT count() FROM otel_traces WHERE ServiceName = '${service}'),
    (SELECT count() FROM otel_logs WHERE ServiceName = '${service}'),
    (SELECT sum(Value) FROM otel_metrics_sum WHERE ServiceName = '${service}' AND MetricName = 'requests.served')`)

test.each([
  { service: 'protobuf-app', protocol: 'http/protobuf', compression: 'none' },
  { service: 'gzip-app', protocol: 'http/protobuf', compression: 'gzip' },
  { service: 'json-app', protocol: 'http/json', compression: 'gzip' },
])(
  'the stock SDK over $protocol ($compression) is stored to the last item',
  async ({ service, protocol, compression }) => {
    const recorded = await runApp(service, {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: compression,
    })
    const expected = [[recorded.spans, recorded.logs, recorded.served]]
    await until('everything can be read', async () =>
      JSON.stringify(await counts(service)) === JSON.stringify(expected) ? true : undefined,
    )
  },
)

test('attributes, exception and status arrive as the SDK was given them', async () => {
  await runApp('field-app')
  await until('the failed span can be read', async () => {
    const rows = await collector.sql(
      "SELECT 1 FROM otel_traces WHERE ServiceName = 'field-app' AND StatusCode = 'Error'",
    )
    return rows.length === 1 ? true : undefined
  })
  const [row] =
    await collector.sql(`SELECT SpanName, SpanKind, StatusMessage, ScopeName, ScopeVersion,
      SpanAttributes['http.route'], SpanAttributes['item.sizes'], Events.Name, Events.Attributes[1]['exception.message'],
      ResourceAttributes['service.version'], ResourceAttributes['telemetry.sdk.language']
    FROM otel_traces WHERE ServiceName = 'field-app' AND StatusCode = 'Error'`)
  expect(row).toEqual([
    'GET /items/{id}',
    'Server',
    'out of items',
    'small-app',
    '1.2.3',
    '/items/{id}',
    '[1,2]',
    ['exception'],
    'out of items',
    '1.1.0',
    'nodejs',
  ])
})

test('two variables are enough for the service to be listed with its release', async () => {
  await runApp('listed-app')
  const release = await until('the release is listed', async () => {
    const answer = await collector.api('/api/v1/releases?service=listed-app')
    // Logs may come first: a release without requests yet.
    return ReleasesAnswer.parse(await answer.json()).data.find(({ requests }) => requests > 0)
  })
  expect(release).toMatchObject({
    service: 'listed-app',
    version: '1.1.0',
    environment: 'production',
    requests: 25,
    failures: 1,
    verdict: 'insufficient_data',
  })
})

test('a sender with a wrong key is refused, shown with what to do, and nothing is stored', async () => {
  await runApp('refused-app', {
    OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20wrongwrongwrong',
  })
  const answer = await collector.api('/api/v1/onboarding')
  const { data } = (await answer.json()) as {
    data: { attempts: { outcome: string; reason: string; fix: string }[] }
  }
  expect(data.attempts[0]).toMatchObject({ outcome: 'refused', reason: 'auth' })
  expect(data.attempts[0]?.fix).toContain('OTEL_EXPORTER_OTLP_HEADERS')
  expect(await counts('refused-app')).toEqual([[0, 0, 0]])
})
