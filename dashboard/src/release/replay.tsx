import type { ReleaseHistory } from '@aftermath/schemas/api/releases'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { formatMoment } from '../format/time.ts'
import { useChangeSearch, useZone } from '../search/use-search-state.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'
import { Button } from '../ui/button.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { VerdictMark } from '../ui/verdict.tsx'
import { historyQuery, type ReleaseKey } from './release-queries.ts'

const minuteMs = 60_000
/** A drag passes many minutes: only where it rests is asked for. */
const settleMs = 250

type ReplayProps = { releaseKey: ReleaseKey; at: string | undefined; decidedAt: string[] }

/** The release minute by minute since its deployment; the address holds the minute. */
export default function Replay({ releaseKey, at, decidedAt }: ReplayProps) {
  const query = useQuery(historyQuery(releaseKey))
  return (
    <Panel name="replay" query={query} skeleton={<Skeleton className="h-20" />}>
      {({ data, meta }) => (
        <Slider history={data} at={at} decidedAt={decidedAt} nowMs={Date.parse(meta.now)} />
      )}
    </Panel>
  )
}

type SliderProps = {
  history: ReleaseHistory
  at: string | undefined
  decidedAt: string[]
  nowMs: number
}

function Slider({ history, at, decidedAt, nowMs }: SliderProps) {
  const zone = useZone()
  const change = useChangeSearch()
  const fromMs = Math.floor(Date.parse(history.from) / minuteMs) * minuteMs
  const last = Math.max(0, Math.ceil((Date.parse(history.until) - fromMs) / minuteMs))
  const minuteOf = (time: string) => Math.round((Date.parse(time) - fromMs) / minuteMs)
  const shown = at === undefined ? last : Math.min(last, Math.max(0, minuteOf(at)))
  const [dragged, setDragged] = useState<number>()
  const minute = dragged ?? shown
  const timeOf = (of: number) => formatMoment(fromMs + of * minuteMs, nowMs, zone)

  useEffect(() => {
    if (dragged === undefined) return undefined
    const timer = setTimeout(() => {
      const time = new Date(fromMs + dragged * minuteMs).toISOString()
      change({ at: dragged === last ? undefined : time, baseline: undefined }, 'replace')
      setDragged(undefined)
    }, settleMs)
    return () => clearTimeout(timer)
  }, [dragged, fromMs, last, change])

  const percent = (time: string) =>
    `${Math.min(1, Math.max(0, minuteOf(time) / Math.max(1, last))) * 100}%`
  return (
    <div className="flex flex-col gap-1 print:hidden">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-4">
        <label htmlFor="replay" className="font-medium">
          {t.replay.label}
        </label>
        <span className="flex items-center gap-3 text-muted tabular-nums">
          <output htmlFor="replay">
            {timeOf(minute)} · {t.replay.minute(minute)}
          </output>
          {at !== undefined && (
            <Button onClick={() => change({ at: undefined })}>{t.replay.live}</Button>
          )}
        </span>
      </div>
      <input
        id="replay"
        type="range"
        min={0}
        max={last}
        step={1}
        value={minute}
        aria-valuetext={`${timeOf(minute)}, ${t.replay.minute(minute)}`}
        title={t.replay.slider}
        onChange={(event) => setDragged(Number(event.target.value))}
        className="h-6 w-full accent-(--focus)"
      />
      {/* The thumb's middle never reaches the ends of its track: half a thumb each side. */}
      <div className="relative mx-2 h-6">
        <ul aria-label={t.replay.changes}>
          {history.changes.map(({ at: time, verdict, sentence }) => (
            <li
              key={`${time} ${verdict}`}
              className="absolute top-0 -translate-x-1/2"
              style={{ left: percent(time) }}
            >
              <button
                type="button"
                data-tick={verdict}
                title={`${t.replay.change(words.verdict[verdict], timeOf(minuteOf(time)))}: ${sentence.slice(0, 300)}`}
                aria-label={t.replay.change(words.verdict[verdict], timeOf(minuteOf(time)))}
                onClick={() => setDragged(minuteOf(time))}
                className="flex size-6 items-center justify-center"
              >
                <VerdictMark verdict={verdict} />
              </button>
            </li>
          ))}
        </ul>
        {decidedAt.map((time) => (
          <span
            key={time}
            aria-hidden
            className="absolute -top-1 h-8 border-s-2 border-text"
            style={{ left: percent(time) }}
          />
        ))}
      </div>
    </div>
  )
}
