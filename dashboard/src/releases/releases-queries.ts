import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath, type Scope } from '../paths.ts'

/** Releases of the range, newest deployment first. */
export const releasesQuery = (scope: Scope) =>
  queryOptions({
    queryKey: ['releases', scope],
    queryFn: ({ signal }) =>
      api.get(apiPath.releases({ ...scope, limit: '500' }), 'releases', signal),
    placeholderData: keepPreviousData,
  })

/** How the versions of a service share its traffic over the range. */
export const adoptionQuery = (scope: Scope & { service: string }) =>
  queryOptions({
    queryKey: ['adoption', scope],
    queryFn: ({ signal }) => api.get(apiPath.adoption(scope), 'series', signal),
    placeholderData: keepPreviousData,
  })
