import type { Evidence, SignalId } from '@aftermath/schemas/verdict'
import type { IssueFacts } from './signal-input.ts'
import { factor, percent, points } from '../verdict/words.ts'

/** Names of signals at the beginning of a sentence. */
export const SIGNAL_NAMES: Record<SignalId, string> = {
  error_rate: 'Error rate',
  latency: 'Latency',
  crash_free_sessions: 'Crash-free sessions',
  crash_free_users: 'Crash-free users',
  issues: 'Issues',
  throughput: 'Throughput',
  log_errors: 'Error logs',
  cpu: 'CPU',
  memory: 'Memory',
  apdex: 'Satisfaction',
  feedback_negative: 'Negative feedback',
  feedback_rating: 'Rating',
  web_vitals: 'Web vitals',
}

/** What got worse, for after 'Since 2.4.0, ': every signal but errors and latency of requests. */
export function harmWords(row: Evidence, issue: IssueFacts | undefined): string {
  const { signal, estimate, candidate, baseline } = row
  const where = row.scope.operation === null ? '' : ` on ${row.scope.operation}`
  switch (signal) {
    case 'error_rate':
      return `${share(candidate.value)} of requests fail instead of ${share(baseline.value)}`
    case 'latency':
      return `${share(candidate.value)} of requests are slow`
    case 'crash_free_sessions':
      return `${share(lost(candidate.value))} of sessions crash instead of ${share(lost(baseline.value))}`
    case 'crash_free_users':
      return `${share(lost(candidate.value))} of users meet a crash instead of ${share(lost(baseline.value))}`
    case 'web_vitals':
      return `${share(candidate.value)} of page views${where} are poor instead of ${share(baseline.value)}`
    case 'issues':
      return issueWords(row, issue)
    case 'log_errors':
      return `error logs are ${times(estimate)} frequent`
    case 'feedback_negative':
      return `negative feedback is ${times(estimate)} frequent`
    case 'throughput':
      return `the service gets ${less(estimate)} requests than at this time of an earlier week`
    case 'cpu':
      return `CPU use is ${more(estimate)}`
    case 'memory':
      return `memory use is ${more(estimate)}`
    case 'apdex':
      return `satisfaction${where} is ${points(estimate ?? 0)} lower`
    case 'feedback_rating':
      return 'ratings are lower'
  }
}

/** The size of an effect that is not yet certain, for after 'looks worse'. */
export function effectWords({ unit, estimate }: Evidence): string {
  if (estimate === null) return ''
  if (unit !== 'ratio') return ` by about ${points(estimate)}`
  return estimate >= 1
    ? ` by about ${percent(estimate - 1)}`
    : ` by about ${percent(1 / estimate - 1)}`
}

/** How much of an effect is in the bad direction, above 0: comparable within a unit only. */
export function badness({ unit, worse, estimate }: Evidence): number {
  if (estimate === null) return 0
  const upwards = unit === 'ratio' ? Math.log(Math.max(estimate, Number.MIN_VALUE)) : estimate
  return worse === 'higher' ? upwards : -upwards
}

const TITLE_LENGTH_MAX = 80

function issueWords({ scope, estimate, low }: Evidence, issue: IssueFacts | undefined): string {
  if (scope.issue === null || issue === undefined) {
    // Without an error before there is no ratio, but there is a bound of it.
    const ratio = estimate === null && low !== null ? `at least ${times(low)}` : times(estimate)
    return `unhandled errors are ${ratio} frequent`
  }
  const title = `‘${Array.from(issue.title).slice(0, TITLE_LENGTH_MAX).join('')}’`
  if (issue.regressed) return `${title} is back, although it was fixed`
  if (issue.born !== null) return `${title} is new`
  return `${title} is ${times(estimate)} frequent`
}

function share(value: number | null): string {
  return value === null ? 'none' : percent(value)
}

function lost(value: number | null): number | null {
  return value === null ? null : 1 - value
}

function times(ratio: number | null): string {
  return ratio === null ? 'more' : `${factor(ratio)} times as`
}

function more(ratio: number | null): string {
  return ratio === null ? 'higher' : `${percent(ratio - 1)} higher`
}

function less(ratio: number | null): string {
  return ratio === null ? 'fewer' : `${percent(1 - ratio)} fewer`
}
