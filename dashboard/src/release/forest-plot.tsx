import type { Conclusion, Evidence } from '@aftermath/schemas/verdict'
import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { formatCount, formatShare } from '../format/number.ts'
import { t } from '../strings/en.ts'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { Name } from '../ui/name.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { conclusionLook } from './conclusion-look.ts'
import { type ReleaseLife, tracesOf } from './release-links.ts'
import {
  armsText,
  conclusionText,
  effectText,
  endText,
  exposureText,
  intervalText,
  signalName,
  statement,
  valueText,
  zoneText,
} from './evidence-words.ts'
import {
  type ForestBar,
  forestBar,
  worstFirst,
  zoneBand,
  zonesToEachSide,
} from './forest-geometry.ts'

// Charts weigh as much as all else on the page: they come when a row is opened.
const RowCharts = lazy(() => import('./row-charts.tsx'))

const rowsMax = 12

/** What the release did to each signal: interval, estimate and the zone that does not matter. */
export function ForestPlot({ evidence, project, release, arms }: ForestPlotProps) {
  const rows = worstFirst(evidence)
  const zones = zonesToEachSide(rows)
  const folded = rows.slice(rowsMax)
  const behind: Behind = {
    project,
    release,
    arms: arms ?? t.release.arm,
    isJudged: arms === undefined,
  }
  const [first] = rows
  if (first === undefined) return <p className="text-muted">{t.release.noEvidence}</p>
  return (
    <div>
      <ForestHead zones={zones} confidence={first.confidence} />
      <ForestList rows={rows.slice(0, rowsMax)} zones={zones} behind={behind} />
      {folded.length > 0 && (
        <details className="group/fold">
          <summary className="inline-flex min-h-9 items-center gap-1.5 font-medium">
            <ChevronRight aria-hidden size={14} className="group-open/fold:rotate-90" />
            {t.release.foldedRows(folded.length)}
          </summary>
          <ForestList rows={folded} zones={zones} behind={behind} />
        </details>
      )}
    </div>
  )
}

type ForestPlotProps = {
  evidence: Evidence[]
  project: string
  release: ReleaseLife
  /** What the two sides are called, where they are not a release and its baseline. */
  arms?: Arms
}
type Arms = { candidate: string; baseline: string }
/** What an opened row leads to. */
type Behind = { project: string; release: ReleaseLife; arms: Arms; isJudged: boolean }

const grid =
  'grid items-center gap-x-4 sm:grid-cols-[minmax(150px,1.1fr)_minmax(200px,2.4fr)_minmax(170px,1fr)_84px_128px]'

function ForestHead({ zones, confidence }: { zones: number; confidence: number }) {
  const { left, right } = zoneBand(zones)
  const centred = { left: `${((left + right) / 2) * 100}%` }
  return (
    <div aria-hidden className={`${grid} pb-1 text-dense text-muted max-sm:hidden`}>
      <span />
      <span className="relative flex h-4 justify-between">
        <span>← {t.release.worse}</span>
        <span className="absolute -translate-x-1/2 whitespace-nowrap" style={centred}>
          {t.release.zone}
        </span>
        <span>{t.release.better} →</span>
      </span>
      <span>{t.release.change(formatShare(confidence))}</span>
      <span className="text-end">{t.column.traffic}</span>
    </div>
  )
}

type ListProps = { rows: Evidence[]; zones: number; behind: Behind }

function ForestList({ rows, zones, behind }: ListProps) {
  return (
    <ul aria-label={t.release.forestLabel} className="border-y border-hairline">
      {rows.map((row) => (
        <ForestRow
          key={JSON.stringify([row.signal, row.scope])}
          row={row}
          zones={zones}
          behind={behind}
        />
      ))}
    </ul>
  )
}

type RowProps = { row: Evidence; zones: number; behind: Behind }

function ForestRow({ row, zones, behind }: RowProps) {
  const [open, setOpen] = useState(false)
  return (
    <li
      data-signal={row.signal}
      data-operation={row.scope.operation ?? undefined}
      data-quantile={row.scope.quantile ?? undefined}
      data-low={row.low ?? undefined}
      data-high={row.high ?? undefined}
      data-conclusion={row.conclusion}
      className="border-b border-hairline last:border-b-0"
    >
      <details className="group" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className={`${grid} hover:bg-surface max-sm:grid-cols-[1fr_auto] max-sm:py-2`}>
          <span className="flex min-w-0 items-center gap-1.5">
            <ChevronRight
              aria-hidden
              size={14}
              className="shrink-0 text-muted group-open:rotate-90"
            />
            <span className="min-w-0">
              <span className="block font-medium">{signalName(row)}</span>
              {row.scope.operation !== null && (
                <Name className="text-dense text-muted">{row.scope.operation}</Name>
              )}
            </span>
          </span>
          <Bar row={row} zones={zones} />
          <span className="min-w-0 tabular-nums max-sm:ps-5">
            <span className="block">{intervalText(row)}</span>
            <span className="block text-dense text-muted">{armsText(row)}</span>
          </span>
          <span className="text-end text-muted tabular-nums max-sm:hidden">
            {formatCount(row.candidate.n)}
            {row.exposure !== 'requests' && (
              <span className="block text-dense">{row.exposure}</span>
            )}
          </span>
          <span
            className={`text-end font-medium max-sm:order-first max-sm:col-start-2 max-sm:row-start-1 ${conclusionLook(row.conclusion).className}`}
          >
            {conclusionText(row)}
          </span>
        </summary>
        {open && <Opened row={row} behind={behind} />}
      </details>
    </li>
  )
}

const barClass: Record<Conclusion, string> = {
  worse: 'stroke-roll-back fill-roll-back',
  better: 'stroke-ship fill-ship',
  no_change: 'stroke-text fill-text',
  unknown: 'stroke-muted fill-muted',
}

const heightPx = 44
const middlePx = heightPx / 2

/** One row of the plot. Places are in percent, so it stretches without bending its marks. */
function Bar({ row, zones }: { row: Evidence; zones: number }) {
  const band = zoneBand(zones)
  const bar = forestBar(row, zones)
  return (
    <svg
      role="img"
      aria-label={`${effectText(row)}, ${intervalText(row)}, ${conclusionText(row)}`}
      className="block w-full overflow-visible max-sm:order-last max-sm:col-span-2 max-sm:mt-1"
      height={heightPx}
    >
      <rect
        x={percent(band.left)}
        width={percent(band.right - band.left)}
        height={heightPx}
        className="fill-skeleton"
      />
      <line x1="50%" x2="50%" y2={heightPx} className="stroke-line" strokeDasharray="2 3" />
      {bar !== undefined && (
        <g className={barClass[row.conclusion]} strokeWidth={2}>
          {bar.outside === undefined ? (
            <>
              <line x1={percent(bar.left)} x2={percent(bar.right)} y1={middlePx} y2={middlePx} />
              <End bar={bar} side="left" text={endText(row, row.high)} />
              <End bar={bar} side="right" text={endText(row, row.low)} />
            </>
          ) : (
            <Outside side={bar.outside} text={effectText(row)} />
          )}
          {bar.dot !== undefined && (
            <circle cx={percent(bar.dot)} cy={middlePx} r={5} className="stroke-bg" />
          )}
        </g>
      )}
    </svg>
  )
}

/** An end of the interval: a stroke across, or an arrow with the number where it is outside. */
function End({ bar, side, text }: { bar: ForestBar; side: 'left' | 'right'; text: string }) {
  const clipped = side === 'left' ? bar.clippedLeft : bar.clippedRight
  const x = percent(bar[side])
  if (!clipped) return <line x1={x} x2={x} y1={middlePx - 5} y2={middlePx + 5} />
  const inward = side === 'left' ? 1 : -1
  return (
    <svg x={x} y={middlePx} className="overflow-visible">
      <path d={`M0 0l${7 * inward} -5v10Z`} strokeWidth={0} />
      <text
        x={2 * inward}
        y={-8}
        textAnchor={side === 'left' ? 'start' : 'end'}
        strokeWidth={0}
        className="text-dense tabular-nums"
      >
        {text}
      </text>
    </svg>
  )
}

/** An interval beyond the plot's edge: where it lies, and how far. */
function Outside({ side, text }: { side: 'left' | 'right'; text: string }) {
  const inward = side === 'left' ? 1 : -1
  return (
    <svg x={side === 'left' ? '0%' : '100%'} y={middlePx} className="overflow-visible">
      <path d={`M0 0l${9 * inward} -6v12Z`} strokeWidth={0} />
      <line x1={8 * inward} x2={26 * inward} />
      <text
        x={32 * inward}
        y={4}
        textAnchor={side === 'left' ? 'start' : 'end'}
        strokeWidth={0}
        className="text-dense font-medium tabular-nums"
      >
        {text}
      </text>
    </svg>
  )
}

/** Counts behind a row, the interval in words, its course, and the requests that were counted. */
function Opened({ row, behind }: { row: Evidence; behind: Behind }) {
  const { project, release, arms, isJudged } = behind
  const operation = row.scope.operation ?? undefined
  const ofRequests = row.exposure === 'requests' && row.scope.issue === null
  const { service, version, environment } = release
  const key = { project, service, version, environment }
  return (
    <div className="flex flex-col gap-3 pt-1 pb-4 ps-5">
      <p className="max-w-[70ch]">
        {statement(row)} <span className="text-muted">{zoneText(row)}</span>
      </p>
      <dl className="flex flex-wrap gap-x-10 gap-y-2">
        {(['candidate', 'baseline'] as const).map((arm) => (
          <div key={arm}>
            <dt className="text-dense text-muted">{arms[arm]}</dt>
            <dd className="tabular-nums">
              {valueText(row, row[arm].value)} · {exposureText(row[arm].n, row.exposure)}
            </dd>
          </div>
        ))}
      </dl>
      {ofRequests && (
        <p className="flex flex-wrap gap-x-4">
          <Link
            {...tracesOf(project, release, { operation, status: 'failed' })}
            className="underline"
          >
            {t.release.failedRequests}
          </Link>
          <Link
            {...tracesOf(project, release, { operation, sort: 'slowest' })}
            className="underline"
          >
            {t.release.slowestRequests}
          </Link>
        </p>
      )}
      {isJudged && (
        <ErrorBoundary>
          <Suspense fallback={<Skeleton className="h-[268px]" />}>
            <RowCharts row={row} releaseKey={key} />
          </Suspense>
        </ErrorBoundary>
      )}
    </div>
  )
}

const percent = (position: number) => `${Math.round(position * 10_000) / 100}%`
