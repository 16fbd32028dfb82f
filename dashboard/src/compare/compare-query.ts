import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

export type Compared = {
  project: string
  service: string
  environment: string | undefined
  base: string
  target: string
  align: 'clock' | undefined
}

/** Two releases of a service, target minus base. */
export const compareQuery = (compared: Compared) =>
  queryOptions({
    queryKey: ['compare', compared],
    queryFn: ({ signal }) => api.get(apiPath.compare(compared), 'compare', signal),
    placeholderData: keepPreviousData,
  })
