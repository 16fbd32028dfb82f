import type { ReleaseRow } from '@aftermath/schemas/api/releases'
import { timePointMs } from '@aftermath/schemas/time-point'
import { Link } from '@tanstack/react-router'
import { formatShare } from '../format/number.ts'
import { formatMoment } from '../format/time.ts'
import { page } from '../paths.ts'
import { useProject, useScope, useZone } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Name } from '../ui/name.tsx'
import { Section } from '../ui/panel.tsx'
import { VerdictMark } from '../ui/verdict.tsx'
import { layLanes, type Stretch } from './lanes-layout.ts'

const lanesMax = 12

/** Which release ran where and when, one lane per service and environment. */
export function Lanes({ rows, now }: { rows: ReleaseRow[]; now: string }) {
  const { from, to } = useScope()
  const zone = useZone()
  const nowMs = Date.parse(now)
  const range = { fromMs: timePointMs(from, nowMs), toMs: timePointMs(to, nowMs) }
  const lanes = layLanes(rows, range).slice(0, lanesMax)
  if (lanes.length === 0) return null
  return (
    <Section
      title={t.releases.lanes}
      aside={<p className="text-dense text-muted">{t.releases.lanesNote}</p>}
    >
      <ul className="flex flex-col gap-2">
        {lanes.map(({ service, environment, stretches }) => (
          <li
            key={JSON.stringify([service, environment])}
            className="grid items-center gap-x-4 gap-y-1 sm:grid-cols-[160px_1fr]"
          >
            <span className="flex min-w-0 gap-2 sm:flex-col sm:gap-0">
              <Name className="font-medium">{service}</Name>
              <Name className="text-dense text-muted">{environment}</Name>
            </span>
            <ol className="relative h-9 min-w-0 rounded-control bg-surface">
              {stretches.map((stretch) => (
                <StretchLink key={stretch.row.version} stretch={stretch} />
              ))}
            </ol>
          </li>
        ))}
      </ul>
      <p
        aria-hidden
        className="flex justify-between text-dense text-muted tabular-nums sm:ps-[176px]"
      >
        <span>{formatMoment(range.fromMs, nowMs, zone)}</span>
        <span>{formatMoment(range.toMs, nowMs, zone)}</span>
      </p>
    </Section>
  )
}

function StretchLink({ stretch: { row, start, end } }: { stretch: Stretch }) {
  const project = useProject()
  const share = row.share ?? 0
  return (
    <li
      className="absolute inset-y-0 min-w-7 border-s-2 border-text first:border-s-0"
      style={{
        insetInlineStart: `min(${start * 100}%, 100% - 28px)`,
        width: `${(end - start) * 100}%`,
      }}
    >
      <Link
        {...page.release(project, row)}
        search={(present) => ({ ...present, env: row.environment })}
        title={`${row.version.slice(0, 200)} · ${t.verdict[row.verdict]} · ${t.release.ofTraffic(formatShare(row.share))}`}
        className="relative flex h-full min-w-6 items-center gap-1.5 overflow-hidden px-1.5 hover:bg-hover focus-visible:-outline-offset-2"
      >
        <span
          aria-hidden
          className="absolute inset-x-0 bottom-0 bg-hairline"
          style={{ height: `${share * 100}%` }}
        />
        <span className="relative flex min-w-0 items-center gap-1.5">
          <VerdictMark verdict={row.verdict} />
          <Name className="font-mono text-dense">{row.version}</Name>
        </span>
      </Link>
    </li>
  )
}
