import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import sparticuz from '@sparticuz/chromium'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

// In a single process the browser ends with the first page that is closed.
const ARGUMENTS = sparticuz.args.filter((argument) => argument !== '--single-process')

/** The Chromium that a registry package carries: nothing is downloaded. */
export async function startBrowser(): Promise<Browser & AsyncDisposable> {
  const browser = await chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: [...ARGUMENTS, '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    headless: true,
  })
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() })
}

/** A page of its own profile, and what it complained about: console errors and thrown ones. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** What the page says of itself once it has stopped loading. */
export async function settled(page: Page): Promise<string | null> {
  const main = page.locator('main[data-state]:not([data-state="loading"])')
  await main.waitFor()
  return main.getAttribute('data-state')
}

/** Wider than its window: something sticks out. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth + 1',
  )
}

/** What axe finds serious or critical. The page must have been opened with `bypassCSP`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  await page.evaluate(await readFile(axe, 'utf8'))
  return page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 150)).join(' | ')))`)
}
