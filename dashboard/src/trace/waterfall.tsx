import type { Trace } from '@aftermath/schemas/api/traces'
import { ChevronDown, ChevronRight, CircleX, Unlink } from 'lucide-react'
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react'
import { showRow, VirtualRows } from '../explore/virtual-rows.tsx'
import { formatDuration } from '../format/duration.ts'
import { t } from '../strings/explore.ts'
import { serviceColors } from './service-colors.ts'
import { type SpanRow, spanTree, unfolded } from './span-tree.ts'

const rowPx = 32
const indentPx = 14
const indentsMax = 12

type WaterfallProps = {
  trace: Trace
  selected: string | undefined
  onSelect: (spanId: string | undefined) => void
}

/** The spans of a trace as bars over its time, walked by arrow keys. */
export function Waterfall({ trace, selected, onSelect }: WaterfallProps) {
  const rows = useMemo(() => spanTree(trace.spans), [trace])
  const colors = useMemo(() => serviceColors(trace.services), [trace])
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set())
  const shown = useMemo(() => unfolded(rows, folded), [rows, folded])
  const [activeAt, setActiveAt] = useState<number | undefined>(undefined)
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()

  const selectedIndex = shown.findIndex(({ span }) => span.spanId === selected)
  const activeIndex = Math.max(
    0,
    activeAt === undefined ? selectedIndex : shown.findIndex(({ at }) => at === activeAt),
  )
  const go = (index: number) => {
    const row = shown[Math.min(Math.max(index, 0), shown.length - 1)]
    if (row === undefined) return
    setActiveAt(row.at)
    showRow(scroller.current, shown.indexOf(row), rowPx)
  }
  const fold = (row: SpanRow, isFolded: boolean) => {
    const next = new Set(folded)
    if (isFolded) next.add(row.at)
    else next.delete(row.at)
    setFolded(next)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const row = shown[activeIndex]
    if (row === undefined) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 1)
    const isFolded = folded.has(row.at)
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(activeIndex + 1),
      ArrowUp: () => go(activeIndex - 1),
      PageDown: () => go(activeIndex + page),
      PageUp: () => go(activeIndex - page),
      Home: () => go(0),
      End: () => go(shown.length - 1),
      ArrowRight: () => (isFolded ? fold(row, false) : row.below > 0 && go(activeIndex + 1)),
      ArrowLeft: () => {
        if (row.below > 0 && !isFolded) fold(row, true)
        else go(shown.findLastIndex(({ depth }, at) => at < activeIndex && depth < row.depth))
      },
      Enter: () => onSelect(row.span.spanId),
      ' ': () => onSelect(row.span.spanId),
      Escape: () => onSelect(undefined),
    }
    const act = keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  return (
    <div className="flex min-w-0 flex-col">
      <TimeAxis durationNs={trace.durationNs} />
      <VirtualRows
        scroller={scroller}
        count={shown.length}
        rowPx={rowPx}
        firstInView={Math.max(0, selectedIndex)}
        role="tree"
        aria-label={t.trace.waterfall}
        aria-describedby={`${id}-keys`}
        aria-activedescendant={`${id}-${shown[activeIndex]?.at ?? 0}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="group/tree max-h-[max(16rem,64dvh)] overflow-y-auto border-b border-hairline focus-visible:-outline-offset-2 print:max-h-none"
      >
        {(index, style) => {
          const row = shown[index]!
          return (
            <SpanLine
              key={row.at}
              id={`${id}-${row.at}`}
              row={row}
              trace={trace}
              style={style}
              color={colors.get(row.span.service) ?? 'var(--muted)'}
              position={{ index, of: shown.length }}
              isActive={index === activeIndex}
              isSelected={row.span.spanId === selected}
              isFolded={folded.has(row.at)}
              onFold={() => fold(row, !folded.has(row.at))}
              onOpen={() => {
                setActiveAt(row.at)
                onSelect(row.span.spanId)
              }}
            />
          )
        }}
      </VirtualRows>
      <p id={`${id}-keys`} className="pt-2 text-dense text-muted max-md:sr-only">
        {t.trace.waterfallKeys}
      </p>
    </div>
  )
}

const columns =
  'grid grid-cols-[minmax(0,46%)_minmax(0,1fr)] sm:grid-cols-[minmax(0,38%)_minmax(0,1fr)]'

function TimeAxis({ durationNs }: { durationNs: number }) {
  return (
    <div aria-hidden className={`${columns} border-b border-hairline pe-4 text-dense text-muted`}>
      <span />
      <span className="relative me-18 flex h-6 items-center justify-between tabular-nums">
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part} className={part === 0.25 || part === 0.75 ? 'max-sm:hidden' : ''}>
            {formatDuration(Math.round(durationNs * part))}
          </span>
        ))}
      </span>
    </div>
  )
}

type SpanLineProps = {
  id: string
  row: SpanRow
  trace: Trace
  style: { top: number; height: number }
  color: string
  position: { index: number; of: number }
  isActive: boolean
  isSelected: boolean
  isFolded: boolean
  onFold: () => void
  onOpen: () => void
}

function SpanLine(props: SpanLineProps) {
  const { id, row, trace, style, color, position, isActive, isSelected, isFolded } = props
  const { span, depth, below, isOrphan } = row
  const Chevron = isFolded ? ChevronRight : ChevronDown
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={depth + 1}
      aria-posinset={position.index + 1}
      aria-setsize={position.of}
      aria-expanded={below > 0 ? !isFolded : undefined}
      aria-selected={isSelected}
      data-span={span.spanId}
      data-failed={span.failed}
      onClick={props.onOpen}
      style={style}
      className={`${columns} absolute inset-x-0 cursor-pointer items-center pe-4 hover:bg-surface aria-selected:bg-hover ${isActive ? 'group-focus-visible/tree:outline-2 group-focus-visible/tree:-outline-offset-2 group-focus-visible/tree:outline-focus' : ''}`}
    >
      <span
        className="flex min-w-0 items-center gap-1 pe-2"
        style={{ paddingInlineStart: Math.min(depth, indentsMax) * indentPx }}
      >
        <span
          aria-hidden
          className="flex size-6 shrink-0 items-center justify-center text-muted"
          onClick={(event) => {
            if (below === 0) return
            event.stopPropagation()
            props.onFold()
          }}
        >
          {below > 0 && <Chevron size={14} />}
        </span>
        {span.failed && (
          <CircleX
            role="img"
            aria-label={t.traces.failed}
            size={14}
            className="shrink-0 text-roll-back"
          />
        )}
        {isOrphan && (
          <Unlink
            role="img"
            aria-label={t.trace.missingParent}
            size={13}
            className="shrink-0 text-muted"
          >
            <title>{t.trace.missingParent}</title>
          </Unlink>
        )}
        <bdi
          dir="auto"
          title={`${span.service} · ${span.name}`.slice(0, 1000)}
          className="truncate"
        >
          {span.name === '' ? t.traces.noName : span.name.slice(0, 300)}
        </bdi>
        {isFolded && <span className="shrink-0 text-dense text-muted">+{below}</span>}
      </span>
      <Bar span={span} durationNs={trace.durationNs} color={color} />
    </div>
  )
}

/** Where a span lies in its trace; one too short to be seen keeps two pixels. */
function Bar({
  span,
  durationNs,
  color,
}: {
  span: SpanRow['span']
  durationNs: number
  color: string
}) {
  const whole = Math.max(1, durationNs)
  const start = (span.offsetNs / whole) * 100
  const width = Math.min(100 - start, (span.durationNs / whole) * 100)
  return (
    <span className="relative me-18 h-full">
      <span
        className={`absolute top-1/2 h-2.5 min-w-0.5 -translate-y-1/2 rounded-[2px] ${span.failed ? 'ring-2 ring-roll-back' : ''}`}
        style={{ insetInlineStart: `${start}%`, width: `${width}%`, background: color }}
      />
      <span
        className="absolute top-1/2 -translate-y-1/2 px-1.5 text-dense whitespace-nowrap text-muted tabular-nums"
        style={{ insetInlineStart: `${start + width}%` }}
      >
        {formatDuration(span.durationNs)}
      </span>
    </span>
  )
}
