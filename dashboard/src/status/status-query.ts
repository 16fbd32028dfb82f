import { queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

/** How the system itself is doing. */
export const statusQuery = () =>
  queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => api.get(apiPath.status(), 'status', signal),
  })
