import { formatAge, formatMoment, formatMomentInFull } from '../format/time.ts'
import { useZone } from '../search/use-search-state.ts'

type MomentProps = { at: string; now: string; as?: 'age' | 'moment' | 'second' }

/** A time as people say it; the tooltip has it in full, local and UTC. */
export function Moment({ at, now, as = 'moment' }: MomentProps) {
  const timeZone = useZone()
  const timeMs = Date.parse(at)
  if (Number.isNaN(timeMs)) return <span>–</span>
  const nowMs = Date.parse(now)
  return (
    <time dateTime={at} title={formatMomentInFull(timeMs, timeZone)} className="whitespace-nowrap">
      {as === 'age'
        ? formatAge(timeMs, nowMs)
        : formatMoment(timeMs, nowMs, timeZone, as === 'second')}
    </time>
  )
}
