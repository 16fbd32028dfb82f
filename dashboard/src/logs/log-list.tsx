import type { LogRow } from '@aftermath/schemas/api/logs'
import { Link } from '@tanstack/react-router'
import { ListTree } from 'lucide-react'
import { useState } from 'react'
import { Attributes } from '../explore/attributes.tsx'
import { formatMoment, formatMomentInFull } from '../format/time.ts'
import { page } from '../paths.ts'
import { useZone } from '../search/use-search-state.ts'
import { t } from '../strings/explore.ts'
import { Severity } from './severity.tsx'

type LogListProps = { rows: readonly LogRow[]; project: string; now: string; inTrace?: boolean }

const logKey = ({ at, id }: LogRow, index: number) => `${at} ${id} ${index}`

/** Log records, one line each; a pressed one opens below its line. */
export function LogList({ rows, project, now, inTrace = false }: LogListProps) {
  const [opened, setOpened] = useState<string | undefined>(undefined)
  return (
    <ul aria-label={t.logs.list} className="min-w-0 border-y border-hairline">
      {rows.map((row, index) => {
        const key = logKey(row, index)
        const isOpen = key === opened
        return (
          <li key={key} className="border-b border-hairline last:border-b-0">
            <LogLine
              row={row}
              project={project}
              now={now}
              inTrace={inTrace}
              isOpen={isOpen}
              onToggle={() => setOpened(isOpen ? undefined : key)}
            />
            {isOpen && <LogDetail row={row} />}
          </li>
        )
      })}
    </ul>
  )
}

type LogLineProps = {
  row: LogRow
  project: string
  now: string
  inTrace?: boolean
  isOpen: boolean
  onToggle: () => void
}

/** 28 px on a wide screen, 52 on a narrow one: lists that mount only what shows count on it. */
export function LogLine({ row, project, now, inTrace = false, isOpen, onToggle }: LogLineProps) {
  const zone = useZone()
  const timeMs = Date.parse(row.at)
  const body = plainText(row.body)
  return (
    <div
      data-severity={row.severityNumber}
      className="flex h-[52px] min-w-0 items-center gap-1 hover:bg-surface md:h-7"
    >
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="grid h-full min-w-0 grow grid-cols-[auto_auto_minmax(0,1fr)] items-center gap-x-3 text-start focus-visible:-outline-offset-2 md:grid-cols-[10.5rem_4rem_minmax(0,9rem)_minmax(0,1fr)]"
      >
        <time
          dateTime={row.at}
          title={formatMomentInFull(timeMs, zone)}
          className="font-mono text-dense whitespace-nowrap text-muted tabular-nums"
        >
          {formatMoment(timeMs, Date.parse(now), zone, true)}
          <span>.{row.at.slice(20, 23)}</span>
        </time>
        <span className="text-dense">
          <Severity row={row} />
        </span>
        <bdi className="truncate text-dense text-muted" title={row.service.slice(0, 300)}>
          {row.service.slice(0, 200)}
        </bdi>
        <bdi
          dir="auto"
          className="truncate font-mono text-dense max-md:col-span-3 max-md:row-start-2"
        >
          {body === '' ? row.eventName || t.logs.emptyBody : body.slice(0, 600)}
        </bdi>
      </button>
      {!inTrace && row.traceId !== '' && (
        <Link
          {...page.trace(project, row.traceId)}
          search={(search: object) => ({ ...search, span: row.spanId || undefined })}
          title={t.logs.toTrace}
          className="flex h-7 shrink-0 items-center gap-1 px-1.5 text-dense text-muted hover:text-text"
        >
          <ListTree aria-hidden size={14} />
          <span className="max-md:sr-only">{t.logs.toTrace}</span>
        </Link>
      )}
    </div>
  )
}

/** What a line has no room for. */
export function LogDetail({ row }: { row: LogRow }) {
  return (
    <div className="flex min-w-0 flex-col gap-3 border-s-2 border-line py-2 ps-4">
      <pre
        tabIndex={0}
        dir="auto"
        aria-label={t.logs.text}
        className="max-h-80 overflow-auto font-mono text-dense whitespace-pre-wrap"
      >
        {plainText(row.body) || t.logs.emptyBody}
      </pre>
      <p className="flex flex-wrap gap-x-4 text-dense text-muted">
        <bdi>{row.at}</bdi>
        <bdi>{row.environment.slice(0, 200)}</bdi>
        {row.version !== '' && <bdi>{row.version.slice(0, 200)}</bdi>}
        {row.eventName !== '' && <bdi>{row.eventName.slice(0, 200)}</bdi>}
        {row.spanId !== '' && <code className="font-mono">{row.spanId}</code>}
      </p>
      <div className="grid gap-x-8 gap-y-3 lg:grid-cols-2">
        <Attributes title={t.logs.attributes} attributes={row.attributes} />
        <Attributes title={t.logs.resource} attributes={row.resource} />
      </div>
    </div>
  )
}

/** Without a terminal's colours, which are no text. */
// oxlint-disable-next-line no-control-regex
const plainText = (body: string) => body.replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
