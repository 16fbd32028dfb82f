import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { formatDuration } from '../format/duration.ts'
import {
  formatCompact,
  formatCount,
  formatRate,
  formatShare,
  unknownMark,
} from '../format/number.ts'
import { t } from '../strings/en.ts'

/** The release in four numbers, each beside its baseline's. */
export function Tiles({ report: { tiles, share } }: { report: ReleaseReport }) {
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
        value={formatCompact(tiles.requests)}
        exact={formatCount(tiles.requests)}
        note={share === null ? '' : t.release.ofTraffic(formatShare(share))}
      />
      <Tile
        name="errorRate"
        label={words.errorRate}
        value={formatRate(tiles.errorRate)}
        note={was(tiles.baselineErrorRate, formatRate(tiles.baselineErrorRate))}
      />
      <Tile
        name="p95Ns"
        label={words.p95}
        value={formatDuration(tiles.p95Ns)}
        note={was(tiles.baselineP95Ns, formatDuration(tiles.baselineP95Ns))}
      />
      <Tile
        name="excessFailures"
        label={words.excess}
        value={tiles.excessFailures === null ? unknownMark : formatCompact(tiles.excessFailures)}
        note={tiles.excessFailures === null ? words.notCounted : words.excessNote}
      />
    </dl>
  )
}

type TileProps = { name: string; label: string; value: string; note: string; exact?: string }

function Tile({ name, label, value, note, exact }: TileProps) {
  return (
    <div className="flex flex-col bg-bg px-4 py-3">
      <dt className="text-dense text-muted">{label}</dt>
      <dd
        data-testid={name}
        title={exact}
        className="text-h1 font-semibold tracking-tight tabular-nums"
      >
        {value}
      </dd>
      <dd className="text-dense text-muted tabular-nums">{note}</dd>
    </div>
  )
}
