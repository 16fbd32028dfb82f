import { expect, test } from 'vitest'
import { judge, type Result } from './budget.ts'
import { keepNewest, type RunReport } from './results.ts'
import { renderRuns, replaceTable } from './table.ts'

const machine = {
  cpu: 'Xeon(R)',
  cores: 2,
  memoryGb: 8,
  kernel: '6.1',
  filesystem: 'ext4',
  node: 'v24.1.0',
  engine: '26.7',
}

const run = (results: Result[], more: Partial<RunReport> = {}): RunReport => ({
  schema: 2,
  bench: 'all',
  commit: '0123456789abcdef',
  at: '2026-01-02T03:04:05.000Z',
  seconds: 1,
  machine,
  probes: {
    syncMsP50: 0.3,
    syncMsP99: 1,
    copyGbPerSecond: 5,
    gunzipMbPerSecond: 300,
    jsonMbPerSecond: 140,
    httpPerSecond: 24_000,
    stealShare: 0.001,
    load: 0,
  },
  params: { quick: true },
  results,
  control: {},
  verified: true,
  failures: [],
  cpu_s: { collector: 0, engine: 0, generator: 0 },
  rss: { collector: 0, engine: 0 },
  hist: {},
  details: {},
  ...more,
})

test('a missed floor is shown as missed, a range where a figure was taken several times', () => {
  const table = renderRuns([
    run([judge('I1', 50_000, [40_000, 50_000, 60_000]), judge('P4', 2, [2])]),
  ])
  expect(table).toMatch(
    /\| I1 .*\| 50,000 spans\/s \(40,000 to 60,000\) .*\*\*misses the floor\*\*/,
  )
  expect(table).toMatch(/\| P4 .*\| 2 s .*\| goal met/)
  expect(table).toContain('commit `0123456789`, quick profile')
})

test('a row that the newest run has not is of an older one on the same machine', () => {
  const table = renderRuns([
    run([judge('P4', 2, [2])]),
    run([judge('P4', 9, [9]), judge('F2', 0.5, [0.5])]),
    run([judge('I1', 1, [1])], { machine: { ...machine, cpu: 'another' } }),
  ])
  expect(table).toMatch(/\| P4 .*\| 2 s /)
  expect(table).toMatch(/\| F2 .*\| 0.5 s /)
  expect(table).not.toMatch(/\| I1 /)
})

test('the table takes the place between its markers, and only that', () => {
  const page =
    'before\n<!-- bench table: written by `npm run bench -- table` -->\nold\n<!-- end of the bench table -->\nafter\n'
  const changed = replaceTable(page, 'new')!
  expect(changed).toContain('new')
  expect(changed).not.toContain('old')
  expect(changed.startsWith('before\n')).toBe(true)
  expect(changed.endsWith('after\n')).toBe(true)
  expect(replaceTable('no markers', 'new')).toBeUndefined()
})

test('of each class of machine the newest run is kept and ten before it', () => {
  const runs = Array.from({ length: 12 }, (_, nth) => ({ machine, nth }))
  const other = { machine: { ...machine, cores: 4 }, nth: 99 }
  expect(keepNewest([...runs, other]).map(({ nth }) => nth)).toEqual([
    ...Array.from({ length: 11 }, (_, nth) => nth),
    99,
  ])
})
