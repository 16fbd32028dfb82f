import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { Link } from '@tanstack/react-router'
import { formatDuration } from '../format/duration.ts'
import {
  formatCompact,
  formatCount,
  formatRate,
  formatShare,
  unknownMark,
} from '../format/number.ts'
import { t } from '../strings/en.ts'
import { tracesOf } from './release-links.ts'

/** The release in four numbers, each beside its baseline's, each leading to its requests. */
export function Tiles({ report, project }: { report: ReleaseReport; project: string }) {
  const { tiles, share } = report
  const failed = tracesOf(project, report, { status: 'failed' })
  const words = t.release.tile
  const was = (value: number | null, text: string) =>
    value === null ? words.noBaseline : words.was(text)
  return (
    <dl
      aria-label={t.release.tiles}
      className="grid grid-cols-2 gap-px overflow-hidden rounded-panel border border-hairline bg-hairline md:grid-cols-4"
    >
      <Tile
        name="requests"
        label={words.traffic}
        to={tracesOf(project, report)}
        value={formatCompact(tiles.requests)}
        exact={formatCount(tiles.requests)}
        note={share === null ? '' : t.release.ofTraffic(formatShare(share))}
      />
      <Tile
        name="errorRate"
        label={words.errorRate}
        to={failed}
        value={formatRate(tiles.errorRate)}
        note={was(tiles.baselineErrorRate, formatRate(tiles.baselineErrorRate))}
      />
      <Tile
        name="p95Ns"
        label={words.p95}
        to={tracesOf(project, report, { sort: 'slowest' })}
        value={formatDuration(tiles.p95Ns)}
        note={was(tiles.baselineP95Ns, formatDuration(tiles.baselineP95Ns))}
      />
      <Tile
        name="excessFailures"
        label={words.excess}
        to={failed}
        value={tiles.excessFailures === null ? unknownMark : formatCompact(tiles.excessFailures)}
        note={excessNote(report)}
      />
    </dl>
  )
}

/** Who was hit, where requests say whose they are. */
function excessNote({ tiles: { excessFailures, usersReached } }: ReleaseReport): string {
  const words = t.release.tile
  if (excessFailures === null) return words.notCounted
  if (usersReached === null) return words.excessNote
  return words.reached(
    t.release.exposure.users(usersReached.users),
    formatShare(usersReached.share),
  )
}

type TileProps = {
  name: string
  label: string
  value: string
  note: string
  to: ReturnType<typeof tracesOf>
  exact?: string
}

function Tile({ name, label, value, note, to, exact }: TileProps) {
  return (
    <div className="flex flex-col bg-bg px-4 py-3">
      <dt className="text-dense text-muted">{label}</dt>
      <dd
        data-testid={name}
        title={exact}
        className="text-h1 font-semibold tracking-tight tabular-nums"
      >
        <Link {...to} className="underline-offset-4 hover:underline">
          {value}
        </Link>
      </dd>
      <dd className="text-dense text-muted tabular-nums">{note}</dd>
    </div>
  )
}
