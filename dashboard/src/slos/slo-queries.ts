import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath, type Scope } from '../paths.ts'

/** Objectives of the services that the filters leave, the most urgent first. */
export const slosQuery = ({ project, environment, service }: Scope) =>
  queryOptions({
    queryKey: ['slos', project, environment, service],
    queryFn: ({ signal }) =>
      api.get(apiPath.slos({ project, environment, service }), 'slos', signal),
    placeholderData: keepPreviousData,
  })

export const sloQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: ['slo', project, id],
    queryFn: ({ signal }) => api.get(apiPath.slo(project, id), 'slo', signal),
  })
