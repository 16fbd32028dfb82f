import type { VerdictState } from '@aftermath/schemas/verdict'
import { Bandage, CircleCheck, Eye, Hourglass, type LucideIcon, Undo2 } from 'lucide-react'
import { t } from '../strings/en.ts'

type Look = { Icon: LucideIcon; fill: string; text: string; badge: string; outline: string }

/** How each verdict is told: icon, word and shape, so that colour is never alone. */
const looks: Record<VerdictState, Look> = {
  ship: {
    Icon: CircleCheck,
    fill: 'fill-ship',
    text: 'text-ship',
    badge: 'bg-ship rounded-full',
    outline: 'M10 0a10 10 0 1 1 0 20a10 10 0 1 1 0-20Z',
  },
  watch: {
    Icon: Eye,
    fill: 'fill-watch',
    text: 'text-watch',
    badge: 'bg-watch rounded-full',
    outline: 'M7 3h6a7 7 0 0 1 0 14h-6a7 7 0 0 1 0-14Z',
  },
  patch: {
    Icon: Bandage,
    fill: 'fill-patch',
    text: 'text-patch',
    badge: 'bg-patch shape-diamond',
    outline: 'M10 -1L21 10L10 21L-1 10Z',
  },
  roll_back: {
    Icon: Undo2,
    fill: 'fill-roll-back',
    text: 'text-roll-back',
    badge: 'bg-roll-back shape-octagon',
    outline: 'M6 0h8l6 6v8l-6 6h-8l-6-6v-8Z',
  },
  insufficient_data: {
    Icon: Hourglass,
    fill: 'fill-transparent',
    text: 'text-collecting',
    badge:
      'bg-collecting rounded-full outline-[1.5px] outline-dashed outline-offset-2 outline-collecting',
    outline: 'M10 1a9 9 0 1 1 0 18a9 9 0 1 1 0-18Z',
  },
}

/** The verdict of a page: filled, large, the first thing read. */
export function VerdictBadge({ verdict }: { verdict: VerdictState }) {
  const { Icon, badge } = looks[verdict]
  return (
    <span
      data-verdict={verdict}
      className={`inline-flex h-9 shrink-0 items-center gap-2 px-4 text-lead font-semibold whitespace-nowrap text-ink ${badge}`}
    >
      <Icon aria-hidden size={18} strokeWidth={2.25} />
      {t.verdict[verdict]}
    </span>
  )
}

/** The verdict of a row: shape with icon, then the word. */
export function VerdictLabel({ verdict }: { verdict: VerdictState }) {
  return (
    <span
      data-verdict={verdict}
      className={`inline-flex items-center gap-2 font-medium whitespace-nowrap ${looks[verdict].text}`}
    >
      <VerdictMark verdict={verdict} />
      {t.verdict[verdict]}
    </span>
  )
}

/** The bare shape with its icon, for lanes and charts; the word stands nearby. */
export function VerdictMark({ verdict }: { verdict: VerdictState }) {
  const { Icon, fill, text, outline } = looks[verdict]
  const collecting = verdict === 'insufficient_data'
  return (
    <svg viewBox="-1 -1 22 22" width={20} height={20} aria-hidden className="shrink-0">
      <path
        d={outline}
        className={`${fill} ${collecting ? 'stroke-collecting' : ''}`}
        strokeWidth={1.5}
        strokeDasharray={collecting ? '3 2.2' : undefined}
      />
      <Icon
        x={4.5}
        y={4.5}
        size={11}
        strokeWidth={2.75}
        className={collecting ? text : 'text-ink'}
      />
    </svg>
  )
}
