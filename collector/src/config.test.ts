import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const read = (environment: Record<string, string>) => readConfig(environment, '0.0.0')

test('takes the documented defaults from an empty environment', () => {
  expect(read({})).toMatchObject({
    host: '127.0.0.1',
    ingestPort: 4318,
    appPort: 4380,
    openIngest: 'loopback',
    clickhouseUrl: undefined,
  })
})

test('leaves variables of others alone', () => {
  expect(read({ PATH: '/bin', OTEL_SERVICE_NAME: 'x' }).ingestPort).toBe(4318)
})

test.each([
  ['AFTERMATH_INGEST_PORT', 'http', /^AFTERMATH_INGEST_PORT is not a port number/],
  ['AFTERMATH_APP_PORT', '70000', /^AFTERMATH_APP_PORT is not a port number/],
  ['AFTERMATH_CLICKHOUSE_URL', 'host:8123', /^AFTERMATH_CLICKHOUSE_URL is not an address/],
  ['AFTERMATH_OPEN_INGEST', 'yes', /^AFTERMATH_OPEN_INGEST takes loopback or never/],
  ['AFTERMATH_INGEST_KEY', 'a b', /^AFTERMATH_INGEST_KEY has 1 to 128/],
  ['AFTERMATH_TLS_CERT', 'c.pem', /go together/],
  ['AFTERMATH_INGEST_PROT', '1', /^AFTERMATH_INGEST_PROT is not a variable/],
  ['AFTERMATH_CLICKHOUSE_CLUSTER', 'c', /^AFTERMATH_CLICKHOUSE_CLUSTER is not supported/],
])('refuses %s=%s in one sentence', (name, value, sentence) => {
  expect(() => read({ [name]: value })).toThrow(sentence)
})

test('a short secret is taken, with a word of warning', () => {
  const { ingestKey, notices } = read({ AFTERMATH_INGEST_KEY: 'short' })
  expect(ingestKey).toBe('short')
  expect(notices.join()).toMatch(/AFTERMATH_INGEST_KEY is short enough to be guessed/)
})
