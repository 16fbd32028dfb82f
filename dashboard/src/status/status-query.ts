import { queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

/** How the system itself is doing. */
export const statusQuery = () =>
  queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => api.get(apiPath.status(), 'status', signal),
  })

/** Telemetry of a project that could not be stored. */
export const deadLettersQuery = (project: string) =>
  queryOptions({
    queryKey: ['dead-letters', project],
    queryFn: ({ signal }) => api.get(apiPath.deadLetters(project), 'deadLetters', signal),
  })

/** Minutes of the last hour whose counts are not what the rows say. Costs a recount: asked for only. */
export const differencesQuery = (project: string) =>
  queryOptions({
    queryKey: ['differences', project],
    queryFn: ({ signal }) => api.get(apiPath.differences(project), 'differences', signal),
    enabled: false,
    retry: false,
  })
