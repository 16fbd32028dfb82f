import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkBudget } from './bundle-budget.ts'

const chunk = (fileName: string, more: object = {}) => ({
  fileName,
  code: 'x',
  isEntry: false,
  facadeModuleId: null,
  moduleIds: [] as string[],
  imports: [] as string[],
  ...more,
})
const entry = chunk('index.js', { isEntry: true })
const overview = chunk('overview.js', { moduleIds: ['/src/overview/overview-page.tsx'] })
const release = chunk('release.js', { moduleIds: ['/src/release/release-page.tsx'] })

test('passes a small build', () => {
  expect(checkBudget({ chunks: [entry, overview, release], styleBytes: 0 }).failures).toEqual([])
})

test('fails when a first page reaches the charts through any chunk', () => {
  const charts = chunk('charts.js', { moduleIds: ['/node_modules/recharts/es6/index.js'] })
  const shared = chunk('shared.js', { imports: ['charts.js'] })
  const reaching = { ...release, imports: ['shared.js'] }
  const { failures } = checkBudget({
    chunks: [entry, overview, reaching, shared, charts],
    styleBytes: 0,
  })
  expect(failures).toEqual(['release-page.tsx reaches recharts without a dynamic import.'])
})

test('fails when the first page outgrows its script', () => {
  const heavy = { ...overview, code: randomBytes(200 * 1024).toString('hex') }
  const { failures } = checkBudget({ chunks: [entry, heavy, release], styleBytes: 0 })
  expect(failures.length).toBeGreaterThan(0)
})

test('fails when the styles outgrow theirs', () => {
  const { failures } = checkBudget({ chunks: [entry, overview, release], styleBytes: 21 * 1024 })
  expect(failures).toHaveLength(1)
})
