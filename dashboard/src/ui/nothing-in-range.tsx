import type { ReactNode } from 'react'
import { useChangeSearch, useSharedSearch } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Button } from './button.tsx'
import { Empty } from './empty.tsx'

/** An empty list: excluded by a filter, which is named and can be taken back, or never any data. */
export function NothingInRange({ never }: { never: ReactNode }) {
  const { env, service, from, to } = useSharedSearch()
  const change = useChangeSearch()
  const filters = [
    env === undefined ? undefined : `${t.shell.environment}: ${env.slice(0, 80)}`,
    service === undefined ? undefined : `${t.shell.service}: ${service.slice(0, 80)}`,
    from === undefined && to === undefined
      ? undefined
      : `${t.range.label}: ${from ?? '-24h'} – ${to ?? 'now'}`,
  ].filter((filter) => filter !== undefined)
  if (filters.length === 0) return never
  return (
    <Empty title={t.overview.notInRange}>
      <ul className="text-muted">
        {filters.map((filter) => (
          <li key={filter} dir="auto">
            {filter}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button
          onClick={() =>
            change({ env: undefined, service: undefined, from: undefined, to: undefined })
          }
        >
          {t.action.clear}
        </Button>
        <Button onClick={() => change({ from: '-7d', to: undefined })}>{t.action.widen}</Button>
      </div>
    </Empty>
  )
}
