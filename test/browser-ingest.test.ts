import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openPage, startBrowser } from './harness/browser.ts'
import { startCollector } from './harness/collector.ts'
import { traceRequest } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

test('a page of another origin sends by fetch with a header and by sendBeacon with the key in the URL', async () => {
  await using collector = await startCollector({ AFTERMATH_OPEN_INGEST: 'never' })
  await using browser = await startBrowser()
  const shop = createServer((_req, res) =>
    res.writeHead(200, { 'content-type': 'text/html' }).end('shop'),
  )
  shop.listen(0, '127.0.0.1')
  await once(shop, 'listening')
  const page = await openPage(browser)
  const { port } = shop.address() as AddressInfo // it listens on a port
  await page.page.goto(`http://127.0.0.1:${port}/`)

  const bodyOf = (service: string) =>
    JSON.stringify(
      traceRequest({ service, version: '1', environment: 'test' }, [
        { startMs: Date.now(), durationMs: 1, failed: false, route: '/' },
      ]),
    )
  const sent = await page.page.evaluate(
    async ({ url, key, fetched, beaconed }) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
      const answer = await fetch(url, { method: 'POST', headers, body: fetched })
      // The types here are Node's; this runs in the browser.
      const beacon = navigator as unknown as { sendBeacon: (url: string, body: Blob) => boolean }
      const blob = new Blob([beaconed], { type: 'application/json' })
      return { status: answer.status, isQueued: beacon.sendBeacon(`${url}?key=${key}`, blob) }
    },
    {
      url: `${collector.run.ingest}/v1/traces`,
      key: collector.ingestKey,
      fetched: bodyOf('fetched'),
      beaconed: bodyOf('beaconed'),
    },
  )
  expect(sent).toEqual({ status: 200, isQueued: true })
  await until(
    'both are stored',
    async () => {
      const rows = await collector.sql('SELECT DISTINCT ServiceName FROM otel_traces ORDER BY 1')
      return rows.flat().join() === 'beaconed,fetched' ? true : undefined
    },
    20_000,
  )
  shop.closeAllConnections()
  shop.close()
})
