import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

/** All spans of a trace. */
export const traceQuery = (project: string, traceId: string) =>
  queryOptions({
    queryKey: ['trace', project, traceId],
    queryFn: ({ signal }) => api.get(apiPath.trace(project, traceId), 'trace', signal),
    staleTime: 60_000,
  })

/** What was sent about one span. */
export const spanQuery = (project: string, key: { traceId: string; spanId: string }) =>
  queryOptions({
    queryKey: ['span', project, key],
    queryFn: ({ signal }) => api.get(apiPath.span(project, key), 'span', signal),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  })

/** Log records that carry the trace's id. */
export const traceLogsQuery = (project: string, traceId: string) =>
  queryOptions({
    queryKey: ['trace-logs', project, traceId],
    queryFn: ({ signal }) => api.get(apiPath.traceLogs(project, traceId), 'logs', signal),
    staleTime: 60_000,
  })
