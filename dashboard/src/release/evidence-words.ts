import type { Evidence } from '@aftermath/schemas/verdict'
import { formatDuration } from '../format/duration.ts'
import {
  formatPoints,
  formatPointsInterval,
  formatRate,
  formatRatio,
  formatShare,
  unknownMark,
} from '../format/number.ts'
import { t } from '../strings/en.ts'

/** Errors, p95 latency: what a row is about, without its operation. */
export function signalName({ signal, scope }: Evidence): string {
  return signal === 'error_rate'
    ? t.release.signal.error_rate
    : t.release.signal.latency(scope.quantile)
}

/** 0.3 % → 1.2 %, or the quantile itself: 412 ms → 780 ms. */
export function armsText(row: Evidence): string {
  const { baseline, candidate } = row.quantileNs ?? { baseline: null, candidate: null }
  if (row.quantileNs !== null) return `${formatDuration(baseline)} → ${formatDuration(candidate)}`
  return `${formatRate(row.baseline.value)} → ${formatRate(row.candidate.value)}`
}

/** +0.4 to +0.9 points. */
export function intervalText({ unit, low, high }: Evidence): string {
  if (low === null || high === null) return unknownMark
  if (unit === 'share') return formatPointsInterval(low, high)
  return `${formatRatio(low)} to ${formatRatio(high)}`
}

export function effectText({ unit, estimate }: Evidence): string {
  if (estimate === null) return unknownMark
  return unit === 'share' ? formatPoints(estimate) : formatRatio(estimate)
}

/** The number beside the arrow of an end that is outside the plot. */
export function endText({ unit }: Evidence, end: number | null): string {
  if (end === null) return ''
  return unit === 'share' ? formatPoints(end).replace(/\D+$/, '') : formatRatio(end)
}

/** worse, no real change, 1,900 more needed. */
export function conclusionText({ conclusion, needed }: Evidence): string {
  return conclusion === 'unknown' && needed > 0
    ? t.release.needed(Math.ceil(needed))
    : t.conclusion[conclusion]
}

/** The interval as a statement about the world, and what it leaves open. */
export function statement(row: Evidence): string {
  const { low, high, confidence } = row
  const words = t.release.words
  if (low === null || high === null) return words.noInterval
  const sure = formatShare(confidence)
  const what =
    row.signal === 'error_rate'
      ? words.errorRate
      : words.slow(row.scope.quantile === null ? 'typical latency' : `p${row.scope.quantile * 100}`)
  const oneSided = row.unit === 'share' && (low > 0 || high < 0)
  if (!oneSided) return words.between(sure, what, intervalText(row))
  const [near, far] = low > 0 ? [low, high] : [-high, -low]
  const direction = low > 0 ? words.up : words.down
  return words.sure(sure, what, direction, bare(near), `${bare(far)} points`)
}

/** The zone in words. */
export function zoneText({ unit, minimumEffect }: Evidence): string {
  const zone = unit === 'share' ? `${bare(minimumEffect)} points` : formatRatio(minimumEffect)
  return t.release.words.zone(zone)
}

const bare = (share: number) =>
  formatPoints(share)
    .replace(/^\+/, '')
    .replace(/\s*points$/, '')
