import { queryOptions } from '@tanstack/react-query'
import { apiPath } from '../paths.ts'
import { api } from './api.ts'

/** Who is logged in, and which projects there are. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => api.get(apiPath.session(), 'session', signal),
    staleTime: 300_000,
  })

/** What the filter bar offers. */
export const filtersQuery = (project: string) =>
  queryOptions({
    queryKey: ['filters', project],
    queryFn: ({ signal }) => api.get(apiPath.filters(project), 'filters', signal),
    staleTime: 60_000,
  })
