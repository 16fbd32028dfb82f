import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

export type ReleaseKey = {
  project: string
  service: string
  version: string
  environment: string | undefined
}
/** Nothing named: the life of the release, with as much of the time before it. */
type Range = { from?: string | undefined; to?: string | undefined }

/** Verdict and evidence of one release: all that its first screen needs. */
export const releaseQuery = (key: ReleaseKey) =>
  queryOptions({
    queryKey: ['release', key],
    queryFn: ({ signal }) => api.get(apiPath.release(key, key), 'release', signal),
  })

/** Minutes of the release beside its baseline and the rest, for the charts. */
export const seriesQuery = (key: ReleaseKey, range: Range) =>
  queryOptions({
    queryKey: ['series', key, range],
    queryFn: ({ signal }) => api.get(apiPath.series(key, scopeOf(key, range)), 'series', signal),
    placeholderData: keepPreviousData,
  })

/** Operations of the release over its life, beside its baseline's. */
export const operationsQuery = (key: ReleaseKey) =>
  queryOptions({
    queryKey: ['operations', key],
    queryFn: ({ signal }) => api.get(apiPath.operations(key, key), 'operations', signal),
    placeholderData: keepPreviousData,
  })

const scopeOf = ({ project, environment }: ReleaseKey, range: Range) => ({
  project,
  environment,
  ...range,
})
