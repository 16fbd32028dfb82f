import { budget, reaches, type Result } from './budget.ts'

/** The results as lines for a person. */
export function renderResults(results: readonly Result[]): string {
  const cells = results.map((result) => [
    result.id,
    budget[result.id].what,
    `${figure(result.value)} ${result.unit}`,
    result.n === 1 ? '' : `${figure(result.min)} to ${figure(result.max)}`,
    `${budget[result.id].better === 'more' ? '≥' : '≤'} ${figure(result.goal)}`,
    verdict(result),
  ])
  const heads = ['row', 'what', 'median', 'range', 'goal', '']
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.map((row) => row[column]!.length)),
  )
  return [heads, ...cells]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function verdict(result: Result): string {
  if (!result.pass) return 'misses the floor'
  return reaches(result.id, result.value, result.goal) ? 'goal met' : 'short of the goal'
}

/** Three digits that count. */
export function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
