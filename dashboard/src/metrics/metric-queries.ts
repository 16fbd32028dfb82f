import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath, type Scope } from '../paths.ts'

/** Names of the metrics seen lately. */
export const metricsQuery = (scope: Omit<Scope, 'environment'>) =>
  queryOptions({
    queryKey: ['metrics', scope],
    queryFn: ({ signal }) => api.get(apiPath.metrics(scope), 'metrics', signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })

type Wanted = Scope & {
  name: string
  kind: string | undefined
  by: string | undefined
  function: string | undefined
  version: string | undefined
}

/** One metric over time. */
export const metricQuery = (wanted: Wanted) =>
  queryOptions({
    queryKey: ['metric', wanted],
    queryFn: ({ signal }) => api.get(apiPath.metric(wanted), 'metric', signal),
    placeholderData: keepPreviousData,
  })
