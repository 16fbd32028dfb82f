import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCookie } from 'cookie'
import express from 'express'
import { Problem } from './problem.ts'

const YEAR_MS = 365 * 24 * 60 * 60_000

/** The built dashboard: hashed files for ever, every other address is the page itself. */
export function dashboardRouter(folder: string): express.Router {
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
    const page = await readFile(join(folder, 'index.html'), 'utf8').catch(() => {
      throw new Problem(503, 'The dashboard is not built: npm start builds it.')
    })
    res.setHeader('cache-control', 'no-cache')
    res.type('html').send(withTheme(page, parseCookie(req.headers.cookie ?? '')['aftermath_theme']))
  })
  return router
}

/** The theme a browser chose is in the page from the start: set by script, it would flash. */
function withTheme(page: string, theme: string | undefined): string {
  const isChosen = theme === 'light' || theme === 'dark'
  return isChosen ? page.replace('<html', `<html data-theme="${theme}"`) : page
}
