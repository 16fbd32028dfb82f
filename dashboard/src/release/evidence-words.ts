import type { Evidence, Exposure } from '@aftermath/schemas/verdict'
import { formatDuration } from '../format/duration.ts'
import {
  formatCount,
  formatPoints,
  formatPointsInterval,
  formatRatio,
  formatScore,
  formatShare,
  unknownMark,
} from '../format/number.ts'
import { t } from '../strings/en.ts'
import { signalWords } from '../strings/signals.ts'

/** Errors, p95 latency: what a row is about, without its operation. */
export function signalName({ signal, scope }: Evidence): string {
  return signalWords(signal, scope.quantile).name
}

/** The value of one arm: 1.2 %, 48 KiB. */
export function valueText({ signal, scope }: Evidence, value: number | null): string {
  return value === null ? unknownMark : signalWords(signal, scope.quantile).value(value)
}

/** 0.3 % → 1.2 %, or the quantile itself: 412 ms → 780 ms. */
export function armsText(row: Evidence): string {
  const { baseline, candidate } = row.quantileNs ?? { baseline: null, candidate: null }
  if (row.quantileNs !== null) return `${formatDuration(baseline)} → ${formatDuration(candidate)}`
  return `${valueText(row, row.baseline.value)} → ${valueText(row, row.candidate.value)}`
}

/** +0.4 to +0.9 points. */
export function intervalText({ unit, low, high }: Evidence): string {
  if (low === null || high === null) return unknownMark
  if (unit === 'share') return formatPointsInterval(low, high)
  if (unit === 'score') return `${formatScore(low)} to ${formatScore(high)}`
  return `${formatRatio(low)} to ${formatRatio(high)}`
}

export function effectText({ unit, estimate }: Evidence): string {
  if (estimate === null) return unknownMark
  if (unit === 'share') return formatPoints(estimate)
  return unit === 'score' ? formatScore(estimate) : formatRatio(estimate)
}

/** The number beside the arrow of an end that is outside the plot. */
export function endText({ unit }: Evidence, end: number | null): string {
  if (end === null) return ''
  if (unit === 'share') return formatPoints(end).replace(/\D+$/, '')
  return unit === 'score' ? formatScore(end) : formatRatio(end)
}

/** worse, no real change, 1,900 more needed. */
export function conclusionText({ conclusion, needed }: Evidence): string {
  return conclusion === 'unknown' && needed > 0
    ? t.release.needed(Math.ceil(needed))
    : t.conclusion[conclusion]
}

/** 48,210 requests, 210 sessions. */
export function exposureText(number: number, exposure: Exposure): string {
  const words = Object.hasOwn(t.release.exposure, exposure)
    ? t.release.exposure[exposure]
    : undefined
  return words === undefined ? formatCount(number) : words(number)
}

/** The interval as a statement about the world, and what it leaves open. */
export function statement(row: Evidence): string {
  const { low, high, confidence, unit } = row
  const words = t.release.words
  if (low === null || high === null) return words.noInterval
  const sure = formatShare(confidence)
  const { what } = signalWords(row.signal, row.scope.quantile)
  if (unit === 'ratio') return words.factor(sure, what, intervalText(row))
  const oneSided = unit === 'share' && (low > 0 || high < 0)
  if (!oneSided) return words.between(sure, what, intervalText(row))
  const [near, far] = low > 0 ? [low, high] : [-high, -low]
  const direction = low > 0 ? words.up : words.down
  return words.sure(sure, what, direction, bare(near), `${bare(far)} points`)
}

/** The zone in words. */
export function zoneText({ unit, minimumEffect }: Evidence): string {
  const zone =
    unit === 'share'
      ? `${bare(minimumEffect)} points`
      : unit === 'score'
        ? formatScore(minimumEffect).replace(/^\+/, '')
        : formatRatio(minimumEffect)
  return t.release.words.zone(zone)
}

const bare = (share: number) =>
  formatPoints(share)
    .replace(/^\+/, '')
    .replace(/\s*points$/, '')
