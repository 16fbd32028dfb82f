import { timePointMs } from '@aftermath/schemas/time-point'
import { Clock } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { formatMoment, fromLocalField, toLocalField, zoneOrBrowsers } from '../format/time.ts'
import { defaultRange } from '../search/search-schema.ts'
import { useChangeSearch, useSharedSearch, useZone } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Button, QuietButton } from '../ui/button.tsx'
import { Popover } from '../ui/popover.tsx'

const presets = ['-15m', '-1h', '-6h', '-24h', '-7d', '-30d']

/** The range of time: a preset, or two fields for any other. */
export function RangePicker() {
  const search = useSharedSearch()
  const zone = useZone()
  const from = search.from ?? defaultRange.from
  const to = search.to ?? defaultRange.to
  return (
    <Popover
      label={t.range.label}
      button={
        <>
          <Clock aria-hidden size={16} className="text-muted" />
          <span className="max-w-56 truncate tabular-nums">{rangeText(from, to, zone)}</span>
        </>
      }
    >
      {(close) => <RangePanel from={from} to={to} zone={zone} close={close} />}
    </Popover>
  )
}

function RangePanel({ from, to, zone, close }: RangePanelProps) {
  const change = useChangeSearch()
  const setRange = (range: { from: string; to: string }) => {
    change({
      from: range.from === defaultRange.from ? undefined : range.from,
      to: range.to === defaultRange.to ? undefined : range.to,
    })
    close()
  }
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-3 gap-1" role="group" aria-label={t.range.presets}>
        {presets.map((preset) => (
          <QuietButton
            key={preset}
            aria-pressed={from === preset && to === 'now'}
            onClick={() => setRange({ from: preset, to: 'now' })}
          >
            {t.range.preset(preset)}
          </QuietButton>
        ))}
      </div>
      <RangeFields key={`${from} ${to} ${zone}`} from={from} to={to} zone={zone} apply={setRange} />
      <ZoneChoice />
    </div>
  )
}
type RangePanelProps = { from: string; to: string; zone: string; close: () => void }

function RangeFields({ from, to, zone, apply }: RangeFieldsProps) {
  const [fields, setFields] = useState(() => {
    const nowMs = Date.now()
    return {
      from: toLocalField(timePointMs(from, nowMs), zone),
      to: toLocalField(timePointMs(to, nowMs), zone),
    }
  })
  const fromMs = fromLocalField(fields.from, zone)
  const toMs = fromLocalField(fields.to, zone)
  const valid = fromMs !== undefined && toMs !== undefined && fromMs < toMs

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!valid) return
    apply({ from: minuteText(fromMs), to: minuteText(toMs) })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 border-t border-hairline pt-3">
      {(['from', 'to'] as const).map((end) => (
        <label key={end} className="flex items-center gap-2">
          <span className="w-10 shrink-0 text-muted">{t.range[end]}</span>
          <input
            type="datetime-local"
            required
            value={fields[end]}
            onChange={(event) => setFields({ ...fields, [end]: event.target.value })}
            className="h-8 min-w-0 grow rounded-control border border-line bg-bg px-2 tabular-nums"
          />
        </label>
      ))}
      {!valid && (
        <p role="alert" className="text-dense text-roll-back">
          {t.range.order}
        </p>
      )}
      <Button type="submit" disabled={!valid}>
        {t.range.apply}
      </Button>
    </form>
  )
}
type RangeFieldsProps = {
  from: string
  to: string
  zone: string
  apply: (range: { from: string; to: string }) => void
}

function ZoneChoice() {
  const { tz } = useSharedSearch()
  const change = useChangeSearch()
  const browsers = zoneOrBrowsers(undefined)
  const others = ['UTC', tz].filter((zone) => zone !== undefined && zone !== browsers)
  const zones = [undefined, ...new Set(others)]
  return (
    <div
      role="group"
      aria-label={t.range.zone}
      className="flex flex-wrap gap-1 border-t border-hairline pt-2"
    >
      {zones.map((zone) => (
        <QuietButton
          key={zone ?? 'browser'}
          aria-pressed={tz === zone}
          onClick={() => change({ tz: zone })}
          className="text-dense"
        >
          {zoneOrBrowsers(zone)}
        </QuietButton>
      ))}
    </div>
  )
}

/** A range as its button says it: a preset's words, else both ends. */
function rangeText(from: string, to: string, zone: string): string {
  if (to === 'now' && from.startsWith('-')) return t.range.last(from)
  const nowMs = Date.now()
  const say = (point: string) =>
    point === 'now' ? t.range.now : formatMoment(timePointMs(point, nowMs), nowMs, zone)
  return `${say(from)} – ${say(to)}`
}

/** RFC 3339 to the minute: shorter in an address. */
const minuteText = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 16)}Z`
