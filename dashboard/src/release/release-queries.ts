import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { SignalId } from '@aftermath/schemas/verdict'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

export type ReleaseKey = {
  project: string
  service: string
  version: string
  environment: string | undefined
}
/** What an address may ask of a release besides: a minute of the past, or another baseline. */
export type ReleaseView = { at?: string | undefined; baseline?: string | undefined }
/** Nothing named: the life of the release, with as much of the time before it. */
type Range = { from?: string | undefined; to?: string | undefined }
type RowScope = { signal: SignalId; operation?: string | undefined; quantile?: string | undefined }

/** Verdict and evidence of one release: all that its first screen needs. */
export const releaseQuery = (key: ReleaseKey, view: ReleaseView = {}) =>
  queryOptions({
    queryKey: ['release', key, view],
    queryFn: ({ signal }) => api.get(apiPath.release({ ...key, ...view }), 'release', signal),
    placeholderData: (before, query) => (isOfRelease(query?.queryKey, key) ? before : undefined),
  })

/** While the slider moves the last answer stays; another release starts from nothing. */
function isOfRelease(queryKey: readonly unknown[] | undefined, key: ReleaseKey): boolean {
  return JSON.stringify(queryKey?.[1]) === JSON.stringify(key)
}

/** Minutes of the release beside its baseline and the rest, for the charts. */
export const seriesQuery = (key: ReleaseKey, range: Range & { operation?: string | undefined }) =>
  queryOptions({
    queryKey: ['series', key, range],
    queryFn: ({ signal }) => api.get(apiPath.releaseTab(key, 'series', range), 'series', signal),
    placeholderData: keepPreviousData,
  })

/** Operations of the release over its life, beside its baseline's. */
export const operationsQuery = (key: ReleaseKey) =>
  queryOptions({
    queryKey: ['operations', key],
    queryFn: ({ signal }) => api.get(apiPath.releaseTab(key, 'operations'), 'operations', signal),
    placeholderData: keepPreviousData,
  })

/** Both distributions of durations, of all requests or of one operation's. */
export const latencyQuery = (key: ReleaseKey, operation: string | undefined) =>
  queryOptions({
    queryKey: ['latency', key, operation],
    queryFn: ({ signal }) =>
      api.get(apiPath.releaseTab(key, 'latency', { operation }), 'latency', signal),
    placeholderData: keepPreviousData,
  })

/** Every change of its verdict. */
export const historyQuery = (key: ReleaseKey) =>
  queryOptions({
    queryKey: ['history', key],
    queryFn: ({ signal }) => api.get(apiPath.releaseTab(key, 'history'), 'history', signal),
  })

/** A row of the evidence over time. */
export const effectQuery = (key: ReleaseKey, scope: RowScope) =>
  queryOptions({
    queryKey: ['effect', key, scope],
    queryFn: ({ signal }) => api.get(apiPath.releaseTab(key, 'effect', scope), 'effect', signal),
  })

/** SQL that gives the sentence's numbers again. */
export const proofQuery = (key: ReleaseKey, view: ReleaseView) =>
  queryOptions({
    queryKey: ['proof', key, view],
    queryFn: ({ signal }) =>
      api.get(apiPath.releaseTab({ ...key, ...view }, 'proof'), 'proof', signal),
  })
