import type { LogRow } from '@aftermath/schemas/api/logs'
import { Pause, Play } from 'lucide-react'
import { useRef, useState, useSyncExternalStore } from 'react'
import { VirtualRows } from '../explore/virtual-rows.tsx'
import { t } from '../strings/explore.ts'
import { Button } from '../ui/button.tsx'
import { Strip } from '../ui/strip.tsx'
import { LogDetail, LogLine } from './log-list.tsx'
import { useLogTail } from './use-log-tail.ts'

/** Log records as they arrive; reading further down pauses, so that nothing moves under the eye. */
export function LogTail({ address, project }: { address: string; project: string }) {
  const [paused, setPaused] = useState(false)
  const [opened, setOpened] = useState<LogRow | undefined>(undefined)
  const { rows, waiting, more, open } = useLogTail(address, { follows: true, paused })
  const scroller = useRef<HTMLDivElement>(null)
  const rowPx = useRowPx()
  const [now] = useState(() => new Date().toISOString())
  const resume = () => {
    if (scroller.current !== null) scroller.current.scrollTop = 0
    setPaused(false)
  }
  return (
    <div
      className="flex min-w-0 flex-col gap-3"
      data-panel="tail"
      data-state={open ? 'ready' : 'loading'}
    >
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => (paused ? resume() : setPaused(true))}>
          {paused ? <Play aria-hidden size={14} /> : <Pause aria-hidden size={14} />}
          {paused ? t.logs.resume(waiting) : t.logs.pause}
        </Button>
        <span role="status" className="text-muted">
          {open ? t.logs.following : t.logs.lost}
        </span>
      </div>
      {more && <Strip>{t.logs.moreThanShown}</Strip>}
      {rows.length === 0 && <p className="text-muted">{t.logs.waiting}</p>}
      <VirtualRows
        scroller={scroller}
        count={rows.length}
        rowPx={rowPx}
        role="log"
        aria-live="off"
        aria-label={t.logs.list}
        tabIndex={0}
        onScroll={(event) => {
          if (event.currentTarget.scrollTop > rowPx && !paused) setPaused(true)
        }}
        className={`max-h-[max(16rem,64dvh)] overflow-y-auto ${rows.length > 0 ? 'border-y border-hairline' : ''}`}
      >
        {(index, style) => {
          const row = rows[index]!
          return (
            <div key={rows.length - index} className="absolute inset-x-0" style={style}>
              <LogLine
                row={row}
                project={project}
                now={now}
                isOpen={row === opened}
                onToggle={() => setOpened(row === opened ? undefined : row)}
              />
            </div>
          )
        }}
      </VirtualRows>
      {opened !== undefined && <LogDetail row={opened} />}
    </div>
  )
}

const wide = '(min-width: 900px)'

/** Heights of a log line, see there. */
function useRowPx(): number {
  return useSyncExternalStore(
    (onChange) => {
      const query = matchMedia(wide)
      query.addEventListener('change', onChange)
      return () => query.removeEventListener('change', onChange)
    },
    () => (matchMedia(wide).matches ? 28 : 52),
  )
}
