import type { Calibration as Calibrated } from '@aftermath/schemas/api/decisions'
import { formatShare } from '../format/number.ts'
import { t } from '../strings/release.ts'
import { VerdictLabel } from '../ui/verdict.tsx'

type State = Calibrated['states'][number]

/** Said and happened: each state's share of right verdicts with its interval. */
export function Calibration({ data }: { data: Calibrated }) {
  const { states, falseRollBacks, decisions, missed } = data
  const expected = falseRollBacks.expectedMax
  return (
    <div className="flex flex-col gap-4">
      {!data.enough && <p className="text-lead font-medium">{t.decisions.tooFew}</p>}
      <ul aria-label={t.decisions.plot} className="border-y border-hairline">
        {states.map((state) => (
          <StateRow key={state.verdict} state={state} enough={data.enough} />
        ))}
      </ul>
      <ul className="flex flex-wrap gap-x-8 gap-y-1 text-muted tabular-nums">
        <li>
          {t.decisions.missed}: <span className="font-medium text-text">{missed}</span>
        </li>
        <li>
          {t.decisions.falseRollBacks(
            falseRollBacks.observed,
            expected < 0.1 && expected > 0 ? '< 0.1' : String(Number(expected.toFixed(1))),
            falseRollBacks.healthyReleases,
          )}
        </li>
        <li>{t.decisions.overrides(decisions.overrides, decisions.made)}</li>
      </ul>
      <details className="max-w-[80ch]">
        <summary className="inline-flex min-h-8 items-center text-muted underline">
          {t.decisions.rule}
        </summary>
        <p className="text-muted">{data.rule}</p>
      </details>
    </div>
  )
}

function StateRow({ state, enough }: { state: State; enough: boolean }) {
  const { verdict, checked, right, harmful, low, high, open, medianMinutes } = state
  const counted = right ?? harmful
  return (
    <li
      data-calibration={verdict}
      className="grid items-center gap-x-4 gap-y-1 border-b border-hairline py-2 last:border-b-0 sm:grid-cols-[150px_minmax(180px,1fr)_minmax(220px,1fr)]"
    >
      <VerdictLabel verdict={verdict} />
      {checked > 0 && low !== null && high !== null && enough ? (
        <Interval share={counted / checked} low={low} high={high} />
      ) : (
        <span className="max-sm:hidden" />
      )}
      <span className="text-muted tabular-nums">
        <span className="font-medium text-text">
          {checked === 0
            ? t.decisions.none
            : right === null
              ? t.decisions.harmful(harmful, checked)
              : t.decisions.right(right, checked)}
        </span>
        {low !== null && high !== null && checked > 0 && (
          <> ({t.decisions.interval(formatShare(low), formatShare(high))})</>
        )}
        {medianMinutes !== null && <> · {t.decisions.medianMinute(medianMinutes)}</>}
        {open > 0 && <> · {t.decisions.open(open)}</>}
      </span>
    </li>
  )
}

function Interval({ share, low, high }: { share: number; low: number; high: number }) {
  const at = (value: number) => `${Math.round(value * 1000) / 10}%`
  return (
    <svg
      role="img"
      aria-label={t.decisions.interval(formatShare(low), formatShare(high))}
      className="block w-full overflow-visible"
      height={24}
    >
      <line x2="100%" y1={12} y2={12} className="stroke-hairline" strokeWidth={2} />
      {[0, 0.5, 1].map((tick) => (
        <line key={tick} x1={at(tick)} x2={at(tick)} y1={6} y2={18} className="stroke-line" />
      ))}
      <line x1={at(low)} x2={at(high)} y1={12} y2={12} className="stroke-text" strokeWidth={3} />
      <circle cx={at(share)} cy={12} r={5} className="fill-text stroke-bg" strokeWidth={2} />
    </svg>
  )
}
