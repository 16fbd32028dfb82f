import { randomBytes } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  openPage,
  scrollsSideways,
  seriousFindings,
  settled,
  startBrowser,
} from './harness/browser.ts'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
let browser: Browser & AsyncDisposable
const HOSTILE = '<img src=x onerror=alert(1)>\u202e=cmd()'
const BIG_TRACE = randomBytes(16).toString('hex')
const BIG_SPANS = 10_000
const NOW_MS = Date.now()

beforeAll(async () => {
  ;[collector, browser] = await Promise.all([startCollector(), startBrowser()])
  await send('traces', shopTraces())
  await send('traces', bigTrace())
  await send('logs', logRecords(40))
  await send('metrics', metricPoints())
  await until('everything can be read', async () => {
    const [[spans, logs] = []] = await collector.sql(
      'SELECT (SELECT count() FROM otel_traces), (SELECT count() FROM otel_logs)',
    )
    return spans === SHOP_TRACES * 3 + BIG_SPANS && logs === 40 ? true : undefined
  })
  await until('the release is listed', async () => {
    const answer = await collector.api('/api/v1/releases/checkout/1.1.0')
    return answer.status === 200 ? true : undefined
  })
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
})

async function send(kind: string, request: unknown) {
  await until(`the ${kind} are taken`, async () =>
    (await post(collector.run.ingest, kind, request)).status === 200 ? true : undefined,
  )
}

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const resourceOf = (service: string, version: string) => ({
  attributes: [
    attribute('service.name', service),
    attribute('service.version', version),
    attribute('deployment.environment.name', 'production'),
  ],
})
const nanoseconds = (timeMs: number) => `${Math.round(timeMs)}000000`

type Sent = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startMs: number
  durationMs: number
  attributes?: object[]
  failed?: boolean
  events?: object[]
}
const spanOf = ({ startMs, durationMs, failed = false, ...span }: Sent) => ({
  ...span,
  startTimeUnixNano: nanoseconds(startMs),
  endTimeUnixNano: nanoseconds(startMs + durationMs),
  status: failed ? { code: 2, message: 'no money' } : {},
})

const SHOP_TRACES = 600
/** A request each two seconds: a server span, a nameless one with a hostile attribute, a client. */
function shopTraces() {
  const spans = Array.from({ length: SHOP_TRACES }, (_, i) => {
    const traceId = hex(16)
    const root = hex(8)
    const failed = i % 6 === 0
    const startMs = NOW_MS - 21 * 60_000 + i * 2000
    const route = i % 2 === 0 ? '/pay' : '/cart'
    const durationMs = 50 + i
    const exception = {
      name: 'exception',
      timeUnixNano: nanoseconds(startMs + 30),
      attributes: [
        attribute('exception.type', 'NoMoney'),
        attribute('exception.stacktrace', 'NoMoney: no money\n    at charge (pay.js:88:11)'),
      ],
    }
    return [
      spanOf({
        traceId,
        spanId: root,
        name: `POST ${route}`,
        kind: 2,
        startMs,
        durationMs,
        failed,
        attributes: [attribute('http.request.method', 'POST'), attribute('http.route', route)],
        events: failed ? [exception] : [],
      }),
      spanOf({
        traceId,
        spanId: hex(8),
        parentSpanId: root,
        name: HOSTILE,
        kind: 1,
        startMs: startMs + 5,
        durationMs: 20,
        attributes: [attribute(HOSTILE, HOSTILE)],
      }),
      spanOf({
        traceId,
        spanId: hex(8),
        parentSpanId: root,
        name: 'charge',
        kind: 3,
        startMs: startMs + 26,
        durationMs: 20,
      }),
    ]
  }).flat()
  return { resourceSpans: [{ resource: resourceOf('checkout', '1.1.0'), scopeSpans: [{ spans }] }] }
}

function bigTrace() {
  const ids = Array.from({ length: BIG_SPANS }, () => hex(8))
  const spans = ids.map((spanId, i) =>
    spanOf({
      traceId: BIG_TRACE,
      spanId,
      ...(i > 0 && { parentSpanId: ids[Math.floor((i - 1) / 4)]! }),
      name: `step ${i}`,
      kind: i === 0 ? 5 : 1,
      startMs: NOW_MS - 120_000 + i,
      durationMs: BIG_SPANS - i + 1,
    }),
  )
  return { resourceSpans: [{ resource: resourceOf('batch', '5.0.0'), scopeSpans: [{ spans }] }] }
}

function logRecords(count: number, body = 'pool exhausted after 300 ms') {
  const records = Array.from({ length: count }, (_, i) => ({
    timeUnixNano: nanoseconds(Date.now() - i * 1000),
    severityNumber: i % 4 === 0 ? 17 : 9,
    severityText: i % 4 === 0 ? 'ERROR' : 'INFO',
    body: { stringValue: i === 3 ? HOSTILE : `${body} ${i}` },
    ...(i < 5 && { traceId: BIG_TRACE }),
  }))
  return {
    resourceLogs: [
      { resource: resourceOf('checkout', '1.1.0'), scopeLogs: [{ logRecords: records }] },
    ],
  }
}

/** A counter of two series, a point a minute, and a gauge with a hostile name. */
function metricPoints() {
  const minutes = Array.from({ length: 20 }, (_, i) => NOW_MS - (20 - i) * 60_000)
  const counter = (pay: string, perMinute: number) =>
    minutes.map((timeMs, i) => ({
      startTimeUnixNano: nanoseconds(NOW_MS - 3_600_000),
      timeUnixNano: nanoseconds(timeMs),
      asInt: String((i + 1) * perMinute),
      attributes: [attribute('pay', pay)],
    }))
  const metrics = [
    {
      name: 'orders.placed',
      unit: '{order}',
      description: HOSTILE,
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [...counter('card', 60), ...counter('cash', 120)],
      },
    },
    {
      name: HOSTILE,
      unit: 'By',
      gauge: {
        dataPoints: minutes.map((ms) => ({ timeUnixNano: nanoseconds(ms), asInt: '2048' })),
      },
    },
  ]
  return {
    resourceMetrics: [{ resource: resourceOf('checkout', '1.1.0'), scopeMetrics: [{ metrics }] }],
  }
}

async function loggedIn(options: Parameters<typeof openPage>[1] = {}) {
  const opened = await openPage(browser, options)
  const answer = await opened.page.request.post(`${collector.run.app}/api/v1/login`, {
    data: { token: collector.adminToken },
  })
  expect(answer.status()).toBe(200)
  return opened
}
const open = async (page: Page, path: string) => {
  await page.goto(`${collector.run.app}/p/default${path}`)
  return settled(page)
}
const patience = { timeout: 20_000 }
const rows = (page: Page) => page.locator('main tbody tr')

test('a release leads by its worst operation to failing traces and into the waterfall', async () => {
  await using opened = await loggedIn({ viewport: { width: 1440, height: 900 } })
  const { page, complaints } = opened
  expect(await open(page, '/releases/checkout/1.1.0?tab=operations')).toBe('ready')
  const operation = page
    .locator('[data-panel="operations"] tbody tr')
    .filter({ hasText: 'POST /pay' })
  await operation.getByTitle('Failed requests').last().click()

  await page.waitForURL(/\/traces\?/)
  await page.locator('[data-panel="traces"][data-state="ready"]').waitFor()
  const search = new URL(page.url()).searchParams
  expect(Object.fromEntries(search)).toMatchObject({
    service: 'checkout',
    env: 'production',
    version: '1.1.0',
    operation: 'POST /pay',
    status: 'failed',
  })
  // 100 of the 300 requests of the operation failed: a page, and another.
  await expect.poll(() => rows(page).count(), patience).toBe(50)
  await page.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(() => rows(page).count(), patience).toBe(100)
  expect(await page.locator('main tbody [data-outcome="failed"]').count()).toBe(100)

  await rows(page).first().getByRole('link').click()
  await page.waitForURL(/\/traces\/[0-9a-f]{32}/)
  await page.locator('[data-panel="span"][data-state="ready"]').waitFor()
  expect(await page.locator('[role="treeitem"]').count()).toBe(3)
  expect(await page.locator('[role="treeitem"][aria-selected="true"]').innerText()).toContain(
    'POST /pay',
  )
  await page.getByText('at charge (pay.js:88:11)', { exact: false }).waitFor()

  await page.goBack()
  await expect.poll(() => rows(page).count(), patience).toBe(100)
  expect(complaints).toEqual([])
})

test('the slowest come first, and a duration cuts the list', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  expect(await open(page, '/traces?service=checkout&sort=slowest')).toBe('ready')
  expect(await rows(page).first().innerText()).toMatch(/649\sms/)
  await page.getByLabel('Shorter than').fill('55ms')
  await page.keyboard.press('Enter')
  await page.waitForURL(/max=55ms/)
  await expect.poll(() => rows(page).count(), patience).toBe(6)
  await page.getByLabel('Shorter than').fill('soon')
  await page.getByText('A duration is like').waitFor()
  await page.reload()
  await settled(page)
  expect(await rows(page).count()).toBe(6)
})

test('ten thousand spans are walked by keys, and only those that show are mounted', async () => {
  await using opened = await loggedIn({ viewport: { width: 1440, height: 900 } })
  const { page, complaints } = opened
  expect(await open(page, `/traces/${BIG_TRACE}`)).toBe('ready')
  expect(await page.locator('[data-testid="spans"]').innerText()).toContain('10,000')
  const tree = page.getByRole('tree')
  await tree.focus()
  const active = () =>
    page.evaluate(
      "document.getElementById(document.querySelector('[role=tree]').getAttribute('aria-activedescendant'))?.innerText",
    )
  await page.keyboard.press('ArrowDown')
  await expect.poll(active, patience).toContain('step 1')
  await page.keyboard.press('End')
  await expect.poll(active, patience).toMatch(/^step \d{4}/)
  expect(await page.locator('[role="treeitem"]').count()).toBeLessThan(80)
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowLeft')
  await expect.poll(() => page.locator('[role="treeitem"]').count(), patience).toBe(1)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.locator('[data-panel="span"][data-state="ready"]').waitFor()
  await page.waitForURL(/span=/)
  await page.keyboard.press('Escape')
  await expect.poll(() => page.locator('[data-panel="span"]').count(), patience).toBe(0)
  // Its log records lie below.
  await page.getByText('pool exhausted after 300 ms 1', { exact: true }).waitFor()
  expect(complaints).toEqual([])
})

test('a trace that is not there says so and is looked for again', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  expect(await open(page, `/traces/${'0'.repeat(31)}1`)).toBe('empty')
  await page.getByText('looked for again', { exact: false }).waitFor()
})

test('logs are found by word and severity, and lead to their trace', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  expect(await open(page, '/logs?severity=error&q=exhausted')).toBe('ready')
  const records = page.locator('[data-panel="logs"] li')
  expect(await records.count()).toBe(10)
  await page.getByLabel('Text').fill('exhaust')
  await page.keyboard.press('Enter')
  await page.getByText('No log record matches').waitFor()
  await page.getByLabel('Find').selectOption('part')
  await expect.poll(() => records.count(), patience).toBe(10)
  await records.first().getByRole('button').click()
  await records.first().getByText('service.version').waitFor()
  await records.first().getByRole('link', { name: 'Trace' }).click()
  await page.waitForURL(new RegExp(`/traces/${BIG_TRACE}`))
  expect(complaints).toEqual([])
})

test('the tail shows records as they arrive, rests while paused, and ends with the page', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  await open(page, '/logs?follow=1&q=fresh')
  const tail = page.locator('[data-panel="tail"]')
  await page.locator('[data-panel="tail"][data-state="ready"]').waitFor()
  let sent = 0
  const sendOne = async () => {
    await post(collector.run.ingest, 'logs', logRecords(1, `fresh ${sent++}`))
    return (await tail.getByText(`fresh`, { exact: false }).count()) > 0 ? true : undefined
  }
  await until('the tail shows a fresh record', sendOne)
  await page.getByRole('button', { name: 'Pause' }).click()
  await post(collector.run.ingest, 'logs', logRecords(1, 'fresh while paused'))
  await page.getByRole('button', { name: /Resume, [1-9]/ }).waitFor()
  expect(await tail.getByText('fresh while paused', { exact: false }).count()).toBe(0)
  await page.getByRole('button', { name: /Resume/ }).click()
  await tail.getByText('fresh while paused', { exact: false }).waitFor()
  expect(complaints).toEqual([])
})

test('a metric is chosen by name and shown over time, by release or attribute', async () => {
  await using opened = await loggedIn({ viewport: { width: 1440, height: 900 } })
  const { page, complaints } = opened
  expect(await open(page, '/metrics?service=checkout&from=-1h')).toBe('ready')
  await page.getByRole('link', { name: /orders\.placed/ }).click()
  const values = page.getByRole('table', { name: 'Values over the range' })
  await values.getByText('1.1.0').waitFor()
  await page.getByText('deployed or first seen', { exact: false }).waitFor()
  await page.getByLabel('By', { exact: true }).selectOption('attr.pay')
  await expect.poll(() => values.locator('tbody tr').count(), patience).toBe(2)
  // One and two a second, as sent.
  const rates = async () =>
    (await values.locator('tbody tr').allInnerTexts()).map((text) => text.split('\t').at(-1))
  expect(await rates()).toEqual(['1/s', '2/s'])
  await page.reload()
  await expect.poll(rates, patience).toEqual(['1/s', '2/s'])
  await page.getByRole('link', { name: /img src/ }).click()
  await values.getByText('2\u00a0KiB').first().waitFor()
  expect(complaints).toEqual([])
})

test('the status says what was not taken and what to do, and recounts the roll-ups', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  const refused = await fetch(`${collector.run.ingest}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'no telemetry',
  })
  expect(refused.status).toBe(415)
  expect(await open(page, '/status')).toBe('ready')
  const reasons = page.getByRole('table', { name: 'Not taken since the start, and why' })
  const row = reasons.getByRole('row').filter({ hasText: 'content_type' })
  await row.getByText('Set OTEL_EXPORTER_OTLP_PROTOCOL', { exact: false }).waitFor()
  const requests = page.getByRole('table', { name: 'Requests since the start' })
  await requests.getByRole('row').filter({ hasText: 'HTTP' }).first().waitFor()
  await page.getByRole('button', { name: 'Recount the last hour' }).click()
  await page.getByText('right to the last row', { exact: false }).waitFor()
  expect(complaints).toEqual([])
})

test.each([
  ['metrics', '/metrics?service=checkout&from=-1h&name=orders.placed'],
  ['status', '/status'],
  ['traces', '/traces?service=checkout&status=failed&max=90ms'],
  ['trace', `/traces/${BIG_TRACE}`],
  ['logs', '/logs?severity=error'],
  ['logs', '/logs?q=nothing-like-it'],
])(
  '%s (%s) fits 1440 pixels light and 390 dark, and axe finds nothing serious',
  async (name, path) => {
    for (const [width, colorScheme] of [
      [1440, 'light'],
      [390, 'dark'],
    ] as const) {
      await using opened = await loggedIn({
        viewport: { width, height: 900 },
        colorScheme,
        bypassCSP: true,
      })
      const { page, complaints } = opened
      expect(await open(page, path), name).toMatch(/ready|empty/)
      if (name === 'trace') {
        await page.getByRole('treeitem').nth(1).click()
        await page.locator('[data-panel="span"][data-state="ready"]').waitFor()
      }
      expect(await scrollsSideways(page), `${name} at ${width}`).toBe(false)
      expect(await seriousFindings(page), `${name} ${width} ${colorScheme}`).toEqual([])
      expect(complaints).toEqual([])
    }
  },
)

test('what a sender wrote is text everywhere', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  let dialogs = 0
  page.on('dialog', (dialog) => {
    dialogs++
    void dialog.dismiss()
  })
  await open(page, '/traces?service=checkout')
  await rows(page).first().getByRole('link').click()
  await page.getByRole('treeitem').nth(1).click()
  await page.locator('[data-panel="span"] dd', { hasText: '<img src=x' }).last().waitFor()
  await open(page, '/logs')
  await page.getByText('<img src=x', { exact: false }).first().waitFor()
  expect(dialogs).toBe(0)
  expect(complaints).toEqual([])
})
