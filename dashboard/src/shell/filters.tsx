import { useQuery } from '@tanstack/react-query'
import { filtersQuery } from '../api/shared-queries.ts'
import { useChangeSearch, useProject, useSharedSearch } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Select } from '../ui/select.tsx'

/** Environment; without one in the address the busiest answers, and that is said. */
export function EnvironmentFilter() {
  const { data } = useQuery(filtersQuery(useProject()))
  const { env } = useSharedSearch()
  const change = useChangeSearch()
  const names = data?.data.environments.map(({ environment }) => environment) ?? []
  return (
    <Select
      label={t.shell.environment}
      value={env ?? ''}
      onChange={(value) => change({ env: value === '' ? undefined : value })}
      options={[
        { value: '', text: t.shell.busiest(names[0]) },
        ...withPresent(names, env).map((name) => ({ value: name, text: name })),
      ]}
    />
  )
}

export function ServiceFilter() {
  const { data } = useQuery(filtersQuery(useProject()))
  const { service } = useSharedSearch()
  const change = useChangeSearch()
  return (
    <Select
      label={t.shell.service}
      value={service ?? ''}
      onChange={(value) => change({ service: value === '' ? undefined : value })}
      options={[
        { value: '', text: t.shell.allServices },
        ...withPresent(data?.data.services ?? [], service).map((name) => ({
          value: name,
          text: name,
        })),
      ]}
    />
  )
}

/** What the address names is offered even when nothing was seen of it lately. */
const withPresent = (names: string[], present: string | undefined) =>
  present === undefined || names.includes(present) ? names : [present, ...names]
