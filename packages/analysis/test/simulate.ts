import { parseArgs } from 'node:util'
import { scenarios } from './scenarios.ts'
import { firstMinuteOf, simulate } from './simulation.ts'

/**
 * Prints how often, and when, simulated releases reach each verdict.
 *
 *     node packages/analysis/test/simulate.ts --runs 200 --days 14 --only 'healthy'
 *
 * `--days` is the life of the healthy scenarios; faults have their own.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    days: { type: 'string', default: '14' },
    only: { type: 'string', default: '' },
  },
})
const runs = Number(values.runs)
const rows: Record<string, Record<string, string | number>> = {}
for (const { name, scenario } of scenarios({ days: Number(values.days) })) {
  if (!name.includes(values.only)) continue
  const started = performance.now()
  const folds = Array.from({ length: runs }, (_, run) => {
    const fold = simulate(scenario(run + 1))
    return {
      final: fold.held.decision.state,
      ship: firstMinuteOf(fold, ['ship']),
      suspicious: firstMinuteOf(fold, ['watch'], 'suspicious'),
      harmful: firstMinuteOf(fold, ['patch', 'roll_back']),
      rollBack: firstMinuteOf(fold, ['roll_back']),
      changes: fold.changes.length,
    }
  })
  rows[name] = {
    watch: summary(folds.map(({ suspicious }) => suspicious)),
    'patch or roll back': summary(folds.map(({ harmful }) => harmful)),
    'roll back': summary(folds.map(({ rollBack }) => rollBack)),
    ship: summary(folds.map(({ ship }) => ship)),
    'ends harmful': folds.filter(({ final }) => final === 'patch' || final === 'roll_back').length,
    'changes, most': Math.max(...folds.map(({ changes }) => changes)),
    's/run': Number(((performance.now() - started) / 1000 / runs).toFixed(2)),
  }
  process.stdout.write(`${name}: ${JSON.stringify(rows[name])}\n`)
}
process.stdout.write(`${runs} runs each; count: median / 90 % minute after the first request\n`)
// oxlint-disable-next-line no-console -- the one thing this program is for
console.table(rows)

function summary(minutes: (number | undefined)[]): string {
  const reached = minutes.filter((minute) => minute !== undefined).toSorted((a, b) => a - b)
  if (reached.length === 0) return '0'
  const at = (q: number) => {
    // Of all runs: a median exists only where half of them got there.
    const index = Math.ceil(q * minutes.length) - 1
    return reached[index] ?? '–'
  }
  return `${reached.length}: ${at(0.5)} / ${at(0.9)}`
}
