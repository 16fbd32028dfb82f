import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

export type LedgerScope = {
  project: string
  service?: string | undefined
  environment?: string | undefined
  version?: string | undefined
  /** Left out: the last 90 days. */
  from?: string | undefined
  to?: string | undefined
}

/** Who decided what against which verdict, newest first. */
export const decisionsQuery = (scope: LedgerScope) =>
  queryOptions({
    queryKey: ['decisions', scope],
    queryFn: ({ signal }) => api.get(apiPath.decisions(scope), 'decisions', signal),
    placeholderData: keepPreviousData,
  })

/** How often verdicts were right. */
export const calibrationQuery = (scope: Omit<LedgerScope, 'version'>) =>
  queryOptions({
    queryKey: ['calibration', scope],
    queryFn: ({ signal }) => api.get(apiPath.calibration(scope), 'calibration', signal),
    placeholderData: keepPreviousData,
  })
