import type { ReleaseLatency } from '@aftermath/schemas/api/releases'
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { formatDuration } from '../format/duration.ts'
import { formatMoment } from '../format/time.ts'
import { useZone } from '../search/use-search-state.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'

const heightPx = 220
/** Steps of one hue, the lightest is 'nothing'. */
const shades = 7

type HeatmapProps = { heatmap: ReleaseLatency['heatmap']; now: string }
type Cell = { step: number; row: number }

/** Durations over time, a column per step; the darker, the more requests. */
export function Heatmap({ heatmap, now }: HeatmapProps) {
  const { t: times, edgesNs, rows } = heatmap
  const zone = useZone()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [cell, setCell] = useState<Cell>()
  const columns = times.length

  useEffect(() => {
    const draw = () => canvas.current !== null && paint(canvas.current, rows, columns)
    draw()
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const theme = new MutationObserver(draw)
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    scheme.addEventListener('change', draw)
    return () => {
      theme.disconnect()
      scheme.removeEventListener('change', draw)
    }
  }, [rows, columns])

  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const step = Math.floor(((event.clientX - box.left) / box.width) * columns)
    const row = Math.floor((1 - (event.clientY - box.top) / box.height) * rows.length)
    setCell(clamped({ step, row }, columns, rows.length))
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const move = moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    const from = cell ?? { step: columns - 1, row: 0 }
    const to = { step: from.step + move.step, row: from.row + move.row }
    setCell(clamped(to, columns, rows.length))
  }
  const nowMs = Date.parse(now)
  const say = (at: number | undefined) => (at === undefined ? '' : formatMoment(at, nowMs, zone))
  const said = cell === undefined ? t.latency.heatmapKeys : cellText(cell)

  function cellText({ step, row }: Cell): string {
    const high = formatDuration(edgesNs[row] ?? null)
    const range =
      row === 0
        ? t.latency.upTo(high)
        : t.latency.between(formatDuration(edgesNs[row - 1] ?? null), high)
    const requests = words.release.exposure.requests(rows[row]?.[step] ?? 0)
    return t.latency.cell(say(times[step]), range, requests)
  }

  return (
    <figure className="flex flex-col gap-1">
      <div className="flex gap-2">
        <div
          aria-hidden
          className="flex w-16 shrink-0 flex-col justify-between text-end text-dense text-muted tabular-nums"
          style={{ height: heightPx }}
        >
          <span>{formatDuration(edgesNs.at(-1) ?? null)}</span>
          <span>{formatDuration(edgesNs[Math.floor(edgesNs.length / 2)] ?? null)}</span>
          <span>{formatDuration(edgesNs[0] ?? null)}</span>
        </div>
        <div
          role="application"
          tabIndex={0}
          aria-label={`${t.latency.heatmap}. ${t.latency.heatmapKeys}`}
          onKeyDown={onKeyDown}
          onPointerMove={point}
          onPointerLeave={() => setCell(undefined)}
          className="relative min-w-0 grow overflow-hidden rounded-control border border-hairline"
          style={{ height: heightPx }}
        >
          <canvas
            ref={canvas}
            className="absolute inset-0 size-full text-watch [image-rendering:pixelated]"
          />
          {cell !== undefined && <Cursor cell={cell} columns={columns} rows={rows.length} />}
        </div>
      </div>
      <div
        aria-hidden
        className="flex justify-between ps-[72px] text-dense text-muted tabular-nums"
      >
        <span>{say(times[0])}</span>
        <span>{say(times.at(-1))}</span>
      </div>
      <figcaption className="flex flex-wrap justify-between gap-x-4 ps-[72px] text-dense text-muted">
        <span>{t.latency.heatmapNote}</span>
        <span aria-live="polite" className="tabular-nums">
          {said}
        </span>
      </figcaption>
    </figure>
  )
}

const moves: Record<string, Cell> = {
  ArrowLeft: { step: -1, row: 0 },
  ArrowRight: { step: 1, row: 0 },
  ArrowUp: { step: 0, row: 1 },
  ArrowDown: { step: 0, row: -1 },
}

const clamped = ({ step, row }: Cell, columns: number, rows: number): Cell => ({
  step: Math.min(columns - 1, Math.max(0, step)),
  row: Math.min(rows - 1, Math.max(0, row)),
})

function Cursor({ cell, columns, rows }: { cell: Cell; columns: number; rows: number }) {
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute outline-2 outline-text"
      style={{
        left: `${(cell.step / columns) * 100}%`,
        width: `${100 / columns}%`,
        bottom: `${(cell.row / rows) * 100}%`,
        height: `${100 / rows}%`,
      }}
    />
  )
}

/** A pixel a cell: the browser scales it, without a blur. */
function paint(canvas: HTMLCanvasElement, rows: readonly number[][], columns: number): void {
  canvas.width = columns
  canvas.height = rows.length
  const context = canvas.getContext('2d')
  if (context === null) return
  const most = rows.reduce((top, row) => Math.max(top, ...row), 0)
  context.clearRect(0, 0, columns, rows.length)
  context.fillStyle = getComputedStyle(canvas).getPropertyValue('color')
  for (const [row, cells] of rows.entries()) {
    for (const [step, count] of cells.entries()) {
      if (count === 0) continue
      // The root keeps rare slow requests visible beside the many quick ones.
      const shade = Math.ceil(Math.sqrt(count / most) * (shades - 1))
      context.globalAlpha = shade / (shades - 1)
      context.fillRect(step, rows.length - 1 - row, 1, 1)
    }
  }
}
