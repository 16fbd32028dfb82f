import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { budget, type Result, type RowId } from './budget.ts'
import { figure, verdict } from './report.ts'
import { readResults, type RunReport } from './results.ts'

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const START = '<!-- bench table: written by `npm run bench -- table` -->'
const END = '<!-- end of the bench table -->'

/** Puts the newest committed figures into the page. @returns the exit code */
export async function writeTable(): Promise<number> {
  const runs = await readResults()
  const page = await readFile(PAGE, 'utf8')
  const changed = replaceTable(page, renderRuns(runs))
  if (changed === undefined) {
    console.error(`${PAGE} has no place for the table: ${START}`)
    return 1
  }
  await writeFile(PAGE, changed)
  return 0
}

/** Undefined where the page has no markers. */
export function replaceTable(page: string, table: string): string | undefined {
  const start = page.indexOf(START)
  const end = page.indexOf(END)
  if (start === -1 || end < start) return undefined
  return `${page.slice(0, start + START.length)}\n\n${table}\n\n${page.slice(end)}`
}

/** @param runs newest first: each row is of the newest run that has it */
export function renderRuns(runs: readonly RunReport[]): string {
  const [newest] = runs
  if (newest === undefined) return 'No run was kept yet.'
  const here = runs.filter(({ machine }) => machine.cpu === newest.machine.cpu)
  const rows = (Object.keys(budget) as RowId[]).flatMap((id) => {
    const run = here.find(({ results }) => results.some((result) => result.id === id))
    const result = run?.results.find((one) => one.id === id)
    return result === undefined ? [] : [renderRow(id, result)]
  })
  const { machine, probes, commit, at, params } = newest
  return [
    `Taken ${at.slice(0, 10)} at commit \`${commit?.slice(0, 10) ?? 'unknown'}\`${params['quick'] === true ? ', quick profile' : ''}, on ${machine.cores} cores of ${machine.cpu.replaceAll('(R)', '')}, ${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node.slice(1)}, engine ${machine.engine}. The machine itself: fdatasync ${probes.syncMsP50} ms (p99 ${probes.syncMsP99}), gunzip ${probes.gunzipMbPerSecond} MB/s, \`JSON.parse\` ${probes.jsonMbPerSecond} MB/s, memory copy ${probes.copyGbPerSecond} GB/s, Node HTTP ${Math.round(probes.httpPerSecond).toLocaleString('en')} requests/s, ${(probes.stealShare * 100).toFixed(2)} % stolen by its host.`,
    '',
    ...alignTable([['row', 'what', 'measured', 'goal', 'floor', ''], ...rows]),
  ].join('\n')
}

function renderRow(id: RowId, kept: RunReport['results'][number]): string[] {
  const result: Result = { ...kept, id }
  const { value, goal, floor, unit, n, min, max } = result
  const range = n === 1 || n > 20 ? '' : ` (${figure(min)} to ${figure(max)})`
  const said = verdict(result)
  return [
    id,
    budget[id].what,
    `${figure(value)} ${unit}${range}`,
    figure(goal),
    figure(floor),
    result.pass ? said : `**${said}**`,
  ]
}

/** As the formatter leaves it. */
function alignTable(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_head, column) =>
    Math.max(3, ...rows.map((row) => row[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [
    line(rows[0]!),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.slice(1).map(line),
  ]
}
