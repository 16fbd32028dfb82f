import { queryOptions } from '@tanstack/react-query'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'

/** Where to send, with which key, and what arrived lately. */
export const onboardingQuery = (project: string) =>
  queryOptions({
    queryKey: ['onboarding', project],
    queryFn: ({ signal }) => api.get(apiPath.onboarding(project), 'onboarding', signal),
  })
