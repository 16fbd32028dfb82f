import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCookie } from 'cookie'
import express from 'express'
import { firstRequestOf } from './first-request.ts'
import { Problem } from './problem.ts'

const YEAR_MS = 365 * 24 * 60 * 60_000

/** The answer to a request of the API that the page is about to make; undefined where it fails. */
type ReadAhead = (
  path: string,
  req: express.Request,
  res: express.Response,
  signal: AbortSignal,
) => Promise<unknown>

/** A page must not wait for its data: what is not there by then, the page asks for itself. */
const AHEAD_MS = 500

/** The built dashboard: hashed files for ever, every other address is the page itself. */
export function dashboardRouter(folder: string, readAhead: ReadAhead): express.Router {
  const router = express.Router()
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: YEAR_MS, index: false }),
  )
  router.use(express.static(folder, { index: false, maxAge: 0 }))
  router.use(async (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      throw new Problem(405, 'Only GET is taken here.')
    }
    if (req.path.startsWith('/assets/')) throw new Problem(404, 'There is no such file.')
    const [page, boot] = await Promise.all([
      readFile(join(folder, 'index.html'), 'utf8').catch(() => {
        throw new Problem(503, 'The dashboard is not built: npm start builds it.')
      }),
      bootOf(req, res, readAhead),
    ])
    res.setHeader('cache-control', 'private, no-cache')
    const theme = parseCookie(req.headers.cookie ?? '')['aftermath_theme']
    res.type('html').send(withBoot(withTheme(page, theme), boot))
  })
  return router
}

async function bootOf(req: express.Request, res: express.Response, readAhead: ReadAhead) {
  const path = firstRequestOf(req.originalUrl)
  if (path === undefined || req.method !== 'GET') return undefined
  const answer = await readAhead(path, req, res, AbortSignal.timeout(AHEAD_MS))
  return answer === undefined ? undefined : { path: `/api/v1${path}`, answer }
}

/** Data, not script: the page's policy lets it through, and nothing in it can end the element. */
function withBoot(page: string, boot: object | undefined): string {
  if (boot === undefined) return page
  const json = JSON.stringify(boot).replaceAll('<', '\\u003c')
  const element = `<script type="application/json" id="boot">${json}</script>`
  return page.replace('</head>', () => `${element}</head>`)
}

/** The theme a browser chose is in the page from the start: set by script, it would flash. */
function withTheme(page: string, theme: string | undefined): string {
  const isChosen = theme === 'light' || theme === 'dark'
  return isChosen ? page.replace('<html', `<html data-theme="${theme}"`) : page
}
