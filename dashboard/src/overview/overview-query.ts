import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath, type Scope } from '../paths.ts'

/** The current release of every service and environment, most urgent first. */
export const overviewQuery = (scope: Scope) =>
  queryOptions({
    queryKey: ['overview', scope],
    queryFn: ({ signal }) => api.get(apiPath.overview(scope), 'overview', signal),
    placeholderData: keepPreviousData,
  })
