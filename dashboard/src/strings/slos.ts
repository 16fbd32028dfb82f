import type { SloState } from '@aftermath/schemas/api/slos'
import { formatCount, formatRate } from '../format/number.ts'

const states: Record<SloState, string> = {
  page: 'Burns fast',
  ticket: 'Burns slowly',
  ok: 'Holds',
  no_data: 'No data',
  counting: 'Counting',
}

/** Minutes as the windows of rules are called: 5 min, 6 h, 3 d. */
function windowOf(minutes: number): string {
  if (minutes % 1440 === 0 && minutes > 1440) return `${minutes / 1440} d`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`
}

/** Words of the pages on service level objectives. */
export const t = {
  title: 'Alerts and SLOs',
  objectives: 'Service level objectives',
  emptyTitle: 'Nothing is promised yet',
  emptyText:
    'An objective says how many requests of a service must be good. Define it in a file of your repository and apply it:',
  missingTitle: 'There is no such objective',
  missingText: 'It may have been deleted. The list has those that are defined.',
  states,
  promise: (target: number, days: number) =>
    `${Number((target * 100).toPrecision(8))} % over ${days} days`,
  sli: {
    availability: 'requests that do not fail',
    latency: (thresholdMs: number) => `requests within ${formatCount(thresholdMs)} ms`,
  },
  countedAt: (thresholdMs: number) =>
    `Counted against ${thresholdMs.toPrecision(3)} ms: durations are kept in steps of 9 %.`,
  allOperations: 'all operations',
  left: 'Budget left',
  burnDown: 'Budget left over the period',
  badShare: 'Share of bad requests',
  counts: (bad: number, total: number) =>
    `${formatCount(bad)} of ${formatCount(total)} requests were bad (${formatRate(total === 0 ? null : bad / total)}).`,
  rules: 'Burn rates',
  rulesText:
    'A burn rate of 1 spends exactly the whole budget over the period. A rule fires when both windows burn too fast, and ends when the short one does not.',
  severity: { page: 'Page', ticket: 'Ticket' },
  window: windowOf,
  firing: 'firing',
  quiet: 'quiet',
  releases: 'What each release spent',
  releasesText:
    'Bad requests of a release beyond what its baseline’s rate would have given, as a share of the budget.',
  noReleases: 'No release served in the period.',
  noVersion: 'without a version',
  noBaseline: 'nothing to compare with',
  against: (version: string, rate: number) => `${version} (${formatRate(rate)})`,
  firings: 'When it burned',
  noFirings: 'No rule fired in the period.',
  goesOn: 'goes on',
  column: {
    objective: 'Objective',
    state: 'State',
    promise: 'Promise',
    left: 'Budget left',
    spender: 'Costliest release',
    severity: 'Severity',
    windows: 'Windows',
    threshold: 'Fires at',
    long: 'Long',
    short: 'Short',
    release: 'Release',
    bad: 'Bad',
    total: 'Requests',
    baseline: 'Against',
    spent: 'Spent',
    burn: 'Burn rate',
    from: 'From',
    to: 'To',
    rule: 'Rule',
  },
}
