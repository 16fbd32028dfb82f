import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { wilsonInterval } from '../../src/methods/wilson-interval.ts'
import { demandsOf } from './demands.ts'
import { dotPlot } from './dot-plot.ts'
import type { Dot } from './dot-plot.ts'
import { markdownTable } from './markdown-table.ts'
import type { Moment } from './observe.ts'
import { readTally } from './results.ts'
import type { SimulatedScenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { minuteAt, reached } from './tally.ts'
import type { Tally } from './tally.ts'
import { minutesWords, percent, shareWords } from './words.ts'

const docs = new URL('../../../../docs/', import.meta.url)
const BEGIN = '<!-- simulations: written by `npm run simulate` -->'
const END = '<!-- simulations: end -->'

type Known = { scenario: SimulatedScenario; tally: Tally }

/** Writes tables and plots of everything known into the documentation. */
export function renderReport(): void {
  const known = scenarios
    .map((scenario) => ({ scenario, tally: readTally(scenario.id) }))
    .filter(({ tally }) => tally.runs > 0)
  const of = (group: SimulatedScenario['group']) =>
    known.filter(({ scenario }) => scenario.group === group)
  const healthy = of('healthy')
  const faults = of('faults')
  mkdirSync(new URL('statistics/', docs), { recursive: true })
  const plot = (name: string, svg: string) =>
    writeFileSync(new URL(`statistics/${name}.svg`, docs), svg)
  plot('false-alarms', falseAlarmsPlot(healthy))
  plot('delays', delaysPlot(faults))
  plot('ship', shipPlot(healthy))
  writeFileSync(new URL('statistics/simulations.md', docs), demandsPage(known))
  intoStatistics([
    summaryOf(known),
    '### Harmless releases',
    healthyTable(healthy),
    '![False alarms of releases that change nothing](statistics/false-alarms.svg)',
    '![Minutes until a harmless release ships](statistics/ship.svg)',
    '### Faults',
    faultTable(faults),
    '![Minutes until a fault is named](statistics/delays.svg)',
    '### Around a release',
    aroundTable(of('surroundings')),
  ])
}

/** Between its two marks; the rest of the page is written by people. */
function intoStatistics(parts: string[]): void {
  const page = new URL('statistics.md', docs)
  const text = readFileSync(page, 'utf8')
  const [before = '', rest = ''] = text.split(BEGIN)
  const after = rest.split(END)[1] ?? ''
  writeFileSync(page, `${before}${BEGIN}\n\n${parts.join('\n\n')}\n\n${END}${after}`)
}

function summaryOf(known: Known[]): string {
  const demands = known.flatMap(({ scenario, tally }) => demandsOf(scenario, tally))
  const held = demands.filter(({ holds }) => holds).length
  const runs = known.reduce((sum, { tally }) => sum + tally.runs, 0)
  const total = runs.toLocaleString('en')
  return `${known.length} situations, ${total} runs; ${held} of ${demands.length} demands hold. Each demand, with its limit, is in [simulations.md](statistics/simulations.md). Minutes are median / 90 % of all runs, from the first request (or the start of the fault) until the verdict is told; ranges in brackets are 95 % Wilson intervals.`
}

function healthyTable(known: Known[]): string {
  return markdownTable(
    [
      'release',
      'runs',
      'watched',
      'patch or roll back',
      'ships, min',
      'one test: E ≥ 20',
      'z-test',
      'rank test',
      'Kayenta',
    ],
    known.map(({ scenario, tally }) => [
      scenario.name,
      String(tally.runs),
      shareWords(reached(tally, 'watch'), tally.runs),
      shareWords(reached(tally, 'harmful'), tally.runs),
      minutesWords(tally, 'ship'),
      percent(reached(tally, 'e20') / tally.runs),
      ...(['naiveZ', 'rankTest', 'kayenta'] as const).map((moment) =>
        looksAt(scenario, moment) ? percent(reached(tally, moment) / tally.runs) : '',
      ),
    ]),
  )
}

function looksAt(scenario: SimulatedScenario, moment: Moment): boolean {
  if (!scenario.competitors) return false
  return moment === 'naiveZ' || scenario.scenario(1).kind === 'concurrent'
}

function faultTable(known: Known[]): string {
  return markdownTable(
    [
      'fault',
      'runs',
      'watched',
      'patch or roll back',
      'roll back',
      'one test: E ≥ 20',
      '.3·E ≥ 1000',
      'z-test',
      'rank test',
      'Kayenta',
    ],
    known.map(({ scenario, tally }) => [
      scenario.name,
      String(tally.runs),
      ...(['watch', 'harmful', 'rollBack', 'e20', 'e3333'] as const).map((moment) =>
        minutesWords(tally, moment),
      ),
      ...(['naiveZ', 'rankTest', 'kayenta'] as const).map((moment) =>
        looksAt(scenario, moment) ? minutesWords(tally, moment) : '',
      ),
    ]),
  )
}

function aroundTable(known: Known[]): string {
  return markdownTable(
    ['situation', 'runs', 'watched', 'patch or roll back', 'roll back', 'ships'],
    known.map(({ scenario, tally }) => [
      scenario.name,
      String(tally.runs),
      ...(['watch', 'harmful', 'rollBack', 'ship'] as const).map((moment) =>
        shareWords(reached(tally, moment), tally.runs),
      ),
    ]),
  )
}

function demandsPage(known: Known[]): string {
  const rows = known.flatMap(({ scenario, tally }) =>
    demandsOf(scenario, tally).map(({ what, got, limit, reference, holds }) => [
      scenario.id,
      what,
      limit,
      reference,
      got,
      holds ? 'holds' : '**does not hold**',
    ]),
  )
  const intro =
    'Written by `npm run simulate`. A share that must not pass a limit may exceed it by three standard errors where fewer than 1,000 runs were made. _Reference_ is what an independent implementation of the same rules reached in some hundred runs, where there was one.'
  return `# What the simulations demand, and what they got\n\n${intro}\n\n${markdownTable(['situation', 'what', 'limit', 'reference', 'got', ''], rows)}\n`
}

const BLUE = '#2563eb'
const RED = '#dc2626'
const AMBER = '#d97706'
const GREEN = '#059669'

function falseAlarmsPlot(known: Known[]): string {
  const series: [string, string, Moment][] = [
    ['Aftermath: watch or worse', BLUE, 'watch'],
    ['z-test', RED, 'naiveZ'],
    ['rank test, a day', AMBER, 'rankTest'],
    ['Kayenta, a day', GREEN, 'kayenta'],
  ]
  return dotPlot({
    title: 'Releases that change nothing, judged every minute: share ever accused',
    series: series.map(([name, colour]) => ({ name, colour })),
    rows: known
      .filter(({ scenario }) => scenario.competitors)
      .map(({ scenario, tally }) => ({
        label: scenario.name,
        dots: series.map(([, , moment]) => {
          const seen = moment === 'watch' || looksAt(scenario, moment)
          return seen ? shareDot(reached(tally, moment), tally.runs) : undefined
        }),
      })),
    axis: {
      label: 'share of releases, 95 % interval',
      ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
      scale: 'linear',
      format: (value) => `${Math.round(value * 100)} %`,
    },
  })
}

function shareDot(runs: number, total: number): Dot {
  return { value: runs / total, ...wilsonInterval({ failures: runs, total, z: 1.96 }) }
}

const MINUTE_TICKS = [1, 2, 5, 10, 30, 60, 120, 360, 1440]

function delaysPlot(known: Known[]): string {
  const series: [string, string, Moment][] = [
    ['watch', AMBER, 'watch'],
    ['patch or roll back', RED, 'harmful'],
    ['roll back', BLUE, 'rollBack'],
  ]
  return minutesPlot('Faults: minutes until named, median and 90 %', series, known, MINUTE_TICKS)
}

function shipPlot(known: Known[]): string {
  const ticks = [30, 60, 120, 360, 1440, 4320, 20_160]
  const shipping = known.filter(({ tally }) => minuteAt(tally, 'ship', 0.5) !== undefined)
  const title = 'Harmless releases: minutes until ship, median and 90 %'
  return minutesPlot(title, [['ship', GREEN, 'ship']], shipping, ticks)
}

function minutesPlot(
  title: string,
  series: [string, string, Moment][],
  known: Known[],
  ticks: number[],
): string {
  return dotPlot({
    title,
    series: series.map(([name, colour]) => ({ name, colour })),
    rows: known.map(({ scenario, tally }) => ({
      label: scenario.name,
      dots: series.map(([, , moment]) => {
        const value = minuteAt(tally, moment, 0.5)
        if (value === undefined) return undefined
        return { value, low: value, high: minuteAt(tally, moment, 0.9) ?? ticks.at(-1)! }
      }),
    })),
    axis: {
      label: 'minutes',
      ticks,
      scale: 'log',
      format: (value) => {
        if (value >= 1440) return `${value / 1440} d`
        return value >= 60 ? `${value / 60} h` : `${value}`
      },
    },
  })
}
