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
import { post, traceRequest, type SpanFacts } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
let browser: Browser & AsyncDisposable
const HOSTILE = '<img src=x onerror=alert(1)>\u202e2.0'

beforeAll(async () => {
  ;[collector, browser] = await Promise.all([startCollector(), startBrowser()])
  await sendRelease('checkout', '1.0.0', { from: -150, until: -45, failEvery: 200 })
  await sendRelease('checkout', '1.1.0', { from: -45, until: -2, failEvery: 20 })
  await sendRelease('cart', HOSTILE, { from: -30, until: -2, failEvery: 200 })
  const defined = await collector.api('/api/v1/slos/checkout-answers', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: HOSTILE,
      service: 'checkout',
      sli: { kind: 'availability' },
      target: 0.99,
    }),
  })
  expect(defined.status).toBe(200)
  await until('the bad release has its verdict', async () => {
    const answer = await collector.api('/api/v1/releases/checkout/1.1.0')
    const body = (await answer.json()) as { data?: { verdict: string } }
    return body.data?.verdict === 'roll_back' ? true : undefined
  })
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
})

type Life = { from: number; until: number; failEvery: number }

/** Five requests a second, every so many of them failed. Minutes are counted from now. */
async function sendRelease(
  service: string,
  version: string,
  { from, until: end, failEvery }: Life,
) {
  const spans = Array.from({ length: (end - from) * 300 }, (_, i): SpanFacts => ({
    startMs: Date.now() + from * 60_000 + i * 200,
    durationMs: 10 + (i % 17),
    failed: i % failEvery === 0,
    route: i % 2 === 0 ? '/pay' : '/cart',
  }))
  const resource = { service, version, environment: 'production' }
  for (let i = 0; i < spans.length; i += 5000) {
    const answer = await post(
      collector.run.ingest,
      'traces',
      traceRequest(resource, spans.slice(i, i + 5000)),
    )
    expect(answer.status).toBe(200)
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

const PAGES = [
  ['overview', '/p/default'],
  ['releases', '/p/default/releases'],
  ['release', '/p/default/releases/checkout/1.1.0'],
  ['alerts', '/p/default/alerts'],
  ['slo', '/p/default/slos/checkout-answers'],
  ['start', '/p/default/start'],
  ['status', '/p/default/status'],
] as const
/** Views of pages above, and pages made of their parts: one look at each size is enough. */
const VIEWS = [
  ['release', '/p/default/releases/checkout/1.1.0?tab=operations'],
  ['release', '/p/default/releases/checkout/1.1.0?tab=latency'],
  ['compare', '/p/default/compare/checkout?base=1.0.0&target=1.1.0'],
  ['decisions', '/p/default/decisions'],
] as const
const SIZES = [
  { width: 1440, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
  { width: 1440, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
] as const

test('the printed link logs in and shows what needs attention first', async () => {
  await using opened = await openPage(browser)
  const { page } = opened
  const link = /http\S+#code=\S+/.exec(collector.output())?.[0]
  await page.goto(link!)
  await page.waitForURL(/\/p\/default/)
  await settled(page)
  await expect
    .poll(() => page.locator('[data-verdict]').first().getAttribute('data-verdict'))
    .toBe('roll_back')
})

test('the release page says the verdict, the sentence and the interval of the API', async () => {
  const answer = await collector.api('/api/v1/releases/checkout/1.1.0')
  const { data } = (await answer.json()) as {
    data: {
      sentence: string
      evidence: { signal: string; low: number; high: number; scope: { operation: string | null } }[]
    }
  }
  await using opened = await loggedIn()
  const { page, complaints } = opened
  await page.goto(`${collector.run.app}/p/default/releases/checkout/1.1.0`)
  expect(await settled(page)).toBe('ready')
  expect(await page.title()).toMatch(/^Roll back · checkout 1\.1\.0/)
  await page
    .getByText(data.sentence.split('.').slice(0, 2).join('.'), { exact: false })
    .first()
    .waitFor()
  const errors = data.evidence.find(
    ({ signal, scope }) => signal === 'error_rate' && scope.operation === null,
  )!
  const row = page.locator(`[data-signal="error_rate"][data-low="${errors.low}"]`)
  expect(await row.first().getAttribute('data-high')).toBe(String(errors.high))
  expect(await row.first().getAttribute('data-conclusion')).toBe('worse')
  expect(complaints).toEqual([])
})

test('verdict, sentence and evidence show without the charts’ code', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  await page.route(/recharts|chart/i, (route) => route.abort())
  await page.goto(`${collector.run.app}/p/default/releases/checkout/1.1.0`)
  await page.locator('h1').first().waitFor()
  await page.locator('[data-signal="error_rate"]').first().waitFor()
  expect(await page.locator('main [data-verdict="roll_back"]').count()).toBeGreaterThan(0)
})

test.each([
  ...PAGES.map(([name, path]) => ({ name, path, sizes: SIZES })),
  ...VIEWS.map(([name, path]) => ({ name, path, sizes: SIZES.slice(0, 2) })),
])(
  '$name at $path fits 1440 and 390 pixels, light and dark, and has nothing serious for axe',
  async ({ name, path, sizes }) => {
    for (const { width, colorScheme } of sizes) {
      await using opened = await loggedIn({
        viewport: { width, height: 900 },
        colorScheme,
        bypassCSP: true,
      })
      const { page, complaints } = opened
      await page.goto(`${collector.run.app}${path}`)
      expect(await settled(page), name).toMatch(/ready|partial/)
      await page.waitForFunction("!document.querySelector('[data-panel][data-state=loading]')")
      expect(await scrollsSideways(page), `${name} at ${width}`).toBe(false)
      const serious = await seriousFindings(page)
      expect(serious, `${name} ${width} ${colorScheme}`).toEqual([])
      expect(complaints).toEqual([])
    }
  },
)

const RELEASE = '/p/default/releases/checkout/1.1.0'

test('the answer to the first request comes with the page, in which no name can end it', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  // A busy database is not waited for: then the page asks for itself.
  await until('the page asks for nothing that came with it', async () => {
    asked.length = 0
    await page.goto(`${collector.run.app}${RELEASE}`)
    await page.locator('[data-panel="replay"][data-state="ready"]').waitFor()
    return asked.includes('/api/v1/releases/checkout/1.1.0') ? undefined : true
  })
  const path = `/p/default/releases/cart/${encodeURIComponent(HOSTILE)}`
  const html = await until('the page comes with its data', async () => {
    const answer = await page.request.get(`${collector.run.app}${path}`)
    const text = await answer.text()
    return text.includes('id="boot"') ? text : undefined
  })
  expect(html).not.toContain('<img')
  await using stranger = await openPage(browser)
  const refused = await stranger.page.request.get(`${collector.run.app}${RELEASE}`)
  expect(await refused.text()).not.toContain('id="boot"')
})

test('the numbers of the sentence are counted again on the page, and are the same', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  await page.goto(`${collector.run.app}${RELEASE}`)
  await page.locator('summary', { hasText: 'How do we know?' }).click()
  for (const button of await runButtons(page)) await button.click()
  const counted = page.locator('[data-counted]')
  const filled = page.locator('[data-counted]:has(span)')
  await filled.nth((await counted.count()) - 1).waitFor()
  for (const text of await counted.allTextContents()) expect(text).toMatch(/same$/)
  expect(complaints).toEqual([])
})

async function runButtons(page: Page) {
  const buttons = page.getByRole('button', { name: 'Run the query' })
  await buttons.first().waitFor()
  return buttons.all()
}

test('replay goes minute by minute, and shows what was published then', async () => {
  const history = await collector.api('/api/v1/releases/checkout/1.1.0/history')
  const { data } = (await history.json()) as { data: { until: string } }
  await using opened = await loggedIn()
  const { page } = opened
  await page.goto(`${collector.run.app}${RELEASE}`)
  const slider = page.getByRole('slider', { name: 'Replay' })
  await slider.press('Home')
  await page.waitForURL(/[?&]at=/)
  await page.getByText('Nothing was judged of it in this minute yet').waitFor()
  await slider.press('End')
  await page.locator('main [data-verdict="roll_back"]').first().waitFor()
  expect(page.url()).not.toContain('at=')

  await page.goto(`${collector.run.app}${RELEASE}?at=${data.until}`)
  await page.locator('[data-testid="replay"]').waitFor()
  const then = await collector.api(`/api/v1/releases/checkout/1.1.0?at=${data.until}`)
  const { data: said } = (await then.json()) as { data: { verdict: string; sentence: string } }
  const verdict = page.locator('main [data-verdict]').first()
  expect(await verdict.getAttribute('data-verdict')).toBe(said.verdict)
  expect(await page.locator('[data-testid="sentence"]').textContent()).toBe(said.sentence)
})

test('two ticked releases are compared, and swapping them mirrors the interval', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  await page.goto(`${collector.run.app}/p/default/releases`)
  await settled(page)
  for (const box of await page.getByRole('checkbox', { name: /Compare.*checkout/ }).all()) {
    await box.check()
  }
  await page.getByRole('link', { name: 'Compare the two releases' }).click()
  await page.waitForURL(/\/compare\/checkout\?.*base=1\.0\.0.*target=1\.1\.0/)
  const errors = page.locator('[data-signal="error_rate"]:not([data-operation])')
  const ends = async () =>
    Promise.all(['data-low', 'data-high'].map((end) => errors.first().getAttribute(end)))
  await errors.first().waitFor()
  await page.getByText('Different hours: trust less', { exact: false }).waitFor()
  const [low, high] = (await ends()).map(Number)
  expect(await errors.first().getAttribute('data-conclusion')).toBe('worse')
  await page.getByRole('button', { name: 'Swap base and target' }).click()
  await page.locator('[data-signal="error_rate"][data-conclusion="better"]').first().waitFor()
  const [back, forth] = (await ends()).map(Number)
  expect(back).toBeCloseTo(-high!, 9)
  expect(forth).toBeCloseTo(-low!, 9)
  expect(complaints).toEqual([])
})

test('accepting asks for a reason, and lands in the ledger beside what was advised', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  await page.goto(`${collector.run.app}/p/default/releases/cart/${encodeURIComponent(HOSTILE)}`)
  await page.locator('summary', { hasText: 'Accept, hold' }).click()
  const record = page.getByRole('button', { name: 'Record the decision' })
  await record.click()
  await page.locator('textarea:invalid').waitFor()
  await page.locator('textarea').fill('Known <b>flake</b>')
  await record.click()
  await page.locator('[data-decision="accept"]').waitFor()
  await page.goto(`${collector.run.app}/p/default/decisions`)
  await page.getByText('Known <b>flake</b>').waitFor()
  await page.locator('[data-outcome]').first().waitFor()
  expect(complaints).toEqual([])
})

test('a refused sender shows up on the start page with what to change', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  await page.goto(`${collector.run.app}/p/default/start`)
  await settled(page)
  const answer = await post(collector.run.ingest, 'traces', {}, 'wrong-key-wrong-key')
  expect(answer.status).toBe(401)
  await page.getByText('OTEL_EXPORTER_OTLP_HEADERS', { exact: false }).first().waitFor()
})

test('a hostile version is text, in the list and on its own page', async () => {
  await using opened = await loggedIn()
  const { page, complaints } = opened
  let dialogs = 0
  page.on('dialog', (dialog) => {
    dialogs++
    void dialog.dismiss()
  })
  await page.goto(`${collector.run.app}/p/default/releases/cart/${encodeURIComponent(HOSTILE)}`)
  expect(await settled(page)).toBe('ready')
  await page.getByText('<img src=x onerror', { exact: false }).first().waitFor()
  await page.goto(`${collector.run.app}/p/default/releases`)
  await settled(page)
  expect(dialogs).toBe(0)
  expect(complaints).toEqual([])
})

test('without a login the page asks for one and then goes where it was asked to', async () => {
  await using opened = await openPage(browser)
  const { page } = opened
  await page.goto(`${collector.run.app}/p/default/releases/checkout/1.1.0`)
  await page.waitForURL(/\/login/)
  await page.getByRole('textbox').fill(collector.adminToken)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/releases\/checkout\/1\.1\.0/)
})

test('the list of objectives leads to one, with what its releases spent', async () => {
  const slo = await until('the objective is counted', async () => {
    const answer = await collector.api('/api/v1/slos/checkout-answers')
    const { data } = (await answer.json()) as {
      data: { countedUntil: string | null; sentence: string; state: string }
    }
    return data.countedUntil === null ? undefined : data
  })
  await using opened = await loggedIn()
  const { page, complaints } = opened
  await page.goto(`${collector.run.app}/p/default/alerts`)
  expect(await settled(page)).toBe('ready')
  await page.locator(`[data-slo-state="${slo.state}"]`).first().waitFor()
  await page.getByRole('main').getByRole('link').first().click()
  await page.waitForURL(/\/slos\/checkout-answers/)
  expect(await settled(page)).toBe('ready')
  await page.getByText(slo.sentence.split('.')[0]!, { exact: false }).first().waitFor()
  await page.locator('[data-panel="budget"]').waitFor()
  await page.getByRole('table', { name: 'What each release spent' }).getByText('1.1.0').waitFor()
  expect(complaints).toEqual([])
})

test('an objective that is not there says so and leads back', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  await page.goto(`${collector.run.app}/p/default/slos/nobody-has-this`)
  expect(await settled(page)).toBe('empty')
  await page.getByRole('main').getByRole('link', { name: 'Alerts and SLOs' }).click()
  await page.waitForURL(/\/alerts/)
})

test('logging out asks for a token again, also on the way back', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  await page.goto(`${collector.run.app}/p/default`)
  await settled(page)
  await page.getByRole('button', { name: 'Log out' }).first().click()
  await page.waitForURL(/\/login/)
  await page.goto(`${collector.run.app}/p/default`)
  await page.waitForURL(/\/login/)
})

test('a release that was never seen has a page that says so', async () => {
  await using opened = await loggedIn()
  const { page } = opened
  await page.goto(`${collector.run.app}/p/default/releases/checkout/9.9.9`)
  await settled(page)
  await page
    .getByText(/not seen/i)
    .first()
    .waitFor()
})
