import { spokenRow } from '@aftermath/analysis/verdict/spoken-row'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import { count, duration, percent, points } from '@aftermath/analysis/verdict/words'
import type { ReleaseProof, ReleaseReport } from '@aftermath/schemas/api/releases'
import type { Evidence } from '@aftermath/schemas/verdict'
import { countsSql, minimumEffectSql, quantileSql, type ProofSource } from './proof-sql.ts'

type Check = ReleaseProof['checks'][number]
type Expected = Check['expects'][number]

/** How the numbers of a verdict's sentence can be counted again by hand: the SQL, and what it gives. */
export function proofOf(report: ReleaseReport): ReleaseProof {
  const row = spokenRow(report.verdict, report.evidence)
  return { sentence: report.sentence, checks: row === undefined ? [] : checksOf(report, row) }
}

function checksOf(report: ReleaseReport, row: Evidence): Check[] {
  const source = sourceOf(report, row)
  if (source === undefined) return []
  const said = (value: number | null | undefined, words: (value: number) => string) => {
    if (value === null || value === undefined) return null
    const written = words(value)
    return report.sentence.includes(written) ? written : null
  }
  const expect = (
    column: string,
    value: number | null | undefined,
    words: (value: number) => string,
  ): Expected[] =>
    value === null || value === undefined ? [] : [{ column, value, said: said(value, words) }]

  const { candidate, baseline, estimate, quantileNs } = row
  const counts: Check = {
    title: countsTitle(row),
    sql: countsSql(source),
    expects: [
      ...expect('candidate_requests', candidate.n, count),
      ...expect('candidate_share', candidate.value, percent),
      ...expect('baseline_requests', baseline.n, count),
      ...expect('baseline_share', baseline.value, percent),
      ...expect('difference', estimate, points),
      ...expect('more_events', moreOf(report, row), count),
    ],
  }
  if (report.verdict === 'ship' && row.signal === 'error_rate') {
    const matters: Check = {
      title: 'The smallest rise of the failing share that matters',
      sql: minimumEffectSql(source, defaultPolicy.minimumEffects.error_rate),
      expects: expect('matters_from', row.minimumEffect, points),
    }
    return [counts, matters]
  }
  if (quantileNs === null) return [counts]
  const quantile: Check = {
    title: `The ${percent(row.scope.quantile ?? 0)} quantile of both releases, in nanoseconds`,
    sql: quantileSql(source),
    expects: [
      ...expect('candidate_ns', quantileNs.candidate, duration),
      ...expect('baseline_ns', quantileNs.baseline, duration),
    ],
  }
  return [quantile, counts]
}

/** Failures beyond the baseline's rate, where this row is all that they are counted from. */
function moreOf({ tiles }: ReleaseReport, { scope, estimate, candidate }: Evidence): number | null {
  const { excessFailures } = tiles
  if (scope.operation !== null || scope.quantile !== null) return null
  if (estimate === null || excessFailures === null) return null
  return Math.abs(estimate * candidate.n - excessFailures) < 0.5 ? excessFailures : null
}

function countsTitle({ signal, scope }: Evidence): string {
  const what = scope.operation === null ? 'Requests' : `Requests of ${scope.operation}`
  return signal === 'error_rate'
    ? `${what} that failed, on both releases`
    : `${what} slower than the baseline’s ${percent(scope.quantile ?? 0)} quantile, on both releases`
}

/** Undefined where the row was not counted from requests, minute by minute. */
function sourceOf(report: ReleaseReport, row: Evidence): ProofSource | undefined {
  const { service, environment, version, baseline } = report
  const { counted } = row
  if (counted === null || baseline.version === null || report.judgedUntil === null) return undefined
  if (row.signal !== 'error_rate' && row.signal !== 'latency') return undefined
  return {
    service,
    environment,
    version,
    baseline: { ...baseline, version: baseline.version },
    row,
    counted,
    ignoredOperations: defaultPolicy.ignoredOperations,
    life: { from: report.firstSeen, to: report.judgedUntil },
  }
}
