import type { DeadLetter } from '@aftermath/schemas/api/dead-letters'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/api.ts'
import { hasStatus } from '../api/api-error.ts'
import { formatBytes } from '../format/number.ts'
import { apiPath } from '../paths.ts'
import { useLive } from '../search/use-search-state.ts'
import { t } from '../strings/status.ts'
import { Button } from '../ui/button.tsx'
import { Failure } from '../ui/failure.tsx'
import { Moment } from '../ui/moment.tsx'
import { Panel, Section } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { deadLettersQuery } from './status-query.ts'

/** What ClickHouse will never take as it is, and what can be done about each. */
export function DeadLetters({ project, inAll }: { project: string; inAll: number }) {
  const { refetchInterval } = useLive()
  const query = useQuery({ ...deadLettersQuery(project), refetchInterval, enabled: inAll > 0 })
  if (inAll === 0) {
    return (
      <Section title={t.deadLetters}>
        <p className="text-muted">{t.noDeadLetters}</p>
      </Section>
    )
  }
  return (
    <Section title={t.deadLetters}>
      <Panel
        name="dead-letters"
        query={query}
        isEmpty={(letters) => letters.length === 0}
        empty={<p className="text-muted">{t.ofOtherProjects(inAll)}</p>}
        skeleton={<SkeletonRows rows={1} className="h-10" />}
      >
        {({ data, meta }) => (
          <RowTable
            label={t.deadLetters}
            rows={data}
            keyOf={({ id }) => id}
            columns={columnsOf(project, meta.now)}
          />
        )}
      </Panel>
    </Section>
  )
}

const columnsOf = (project: string, now: string): Column<DeadLetter>[] => [
  {
    head: t.deadLetterColumn.what,
    cell: ({ kind, items, requests, bytes, id }) => (
      <span className="block">
        <span className="font-medium">{kind}</span>
        <span className="block text-dense text-muted">
          {t.deadLetterItems(items, requests, formatBytes(bytes))}
        </span>
        <code className="font-mono text-dense text-muted">{id}</code>
      </span>
    ),
    wide: true,
    speaks: true,
  },
  {
    head: t.deadLetterColumn.why,
    cell: ({ message, code, replayStarted }) => (
      <span className="block max-w-[60ch]">
        <span dir="auto" className="line-clamp-4" title={message.slice(0, 2000)}>
          {message.slice(0, 1000)}
        </span>
        {code !== null && <code className="font-mono text-dense text-muted">{code}</code>}
        {replayStarted !== null && <span className="block text-patch">{t.interrupted}</span>}
      </span>
    ),
    wide: true,
    speaks: true,
    className: 'md:w-[44%]',
  },
  {
    head: t.deadLetterColumn.received,
    cell: ({ received }) => <Moment at={received} now={now} as="age" />,
  },
  {
    head: t.deadLetterColumn.act,
    cell: ({ id }) => <Act project={project} id={id} />,
    wide: true,
    speaks: true,
    className: 'md:text-end',
  },
]

/** Store again, or discard after a second press: nothing brings it back. */
function Act({ project, id }: { project: string; id: string }) {
  const [sure, setSure] = useState(false)
  const client = useQueryClient()
  const done = () => client.invalidateQueries()
  const replay = useMutation({
    mutationFn: () => api.post(apiPath.replayDeadLetter(project, id), {}, 'deadLetter'),
    onSettled: done,
  })
  const discard = useMutation({
    mutationFn: () => api.delete(apiPath.deadLetter(project, id), 'deadLetter'),
    onSettled: done,
  })
  const busy = replay.isPending || discard.isPending
  const failed = [replay, discard].find(
    ({ error }) => error !== null && !hasStatus(error, 404), // somebody else was quicker
  )
  return (
    <div className="flex flex-wrap gap-2 md:justify-end">
      {sure ? (
        <>
          <Button
            disabled={busy}
            onClick={() => discard.mutate()}
            className="!border-roll-back text-roll-back"
          >
            {t.discardSure}
          </Button>
          <Button onClick={() => setSure(false)}>{t.keep}</Button>
        </>
      ) : (
        <>
          <Button disabled={busy} onClick={() => replay.mutate()}>
            <RotateCw aria-hidden size={14} />
            {t.replay}
          </Button>
          <Button disabled={busy} onClick={() => setSure(true)}>
            <Trash2 aria-hidden size={14} />
            {t.discard}
          </Button>
        </>
      )}
      {failed?.error != null && <Failure error={failed.error} retry={() => failed.reset()} />}
    </div>
  )
}
