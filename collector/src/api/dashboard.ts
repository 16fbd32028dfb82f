import { existsSync } from 'node:fs'
import { join } from 'node:path'
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
  router.use((req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD')
      throw new Problem(405, 'Only GET is taken here.')
    if (req.path.startsWith('/assets/')) throw new Problem(404, 'There is no such file.')
    const page = join(folder, 'index.html')
    if (!existsSync(page))
      throw new Problem(503, 'The dashboard is not built: npm start builds it.')
    res.setHeader('cache-control', 'no-cache')
    res.sendFile(page)
  })
  return router
}
