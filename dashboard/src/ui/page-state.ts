import type { UseQueryResult } from '@tanstack/react-query'
import type { Answer } from '../api/api.ts'

export type PageState = 'loading' | 'ready' | 'empty' | 'partial' | 'error'

export type AnswerQuery<T> = Pick<
  UseQueryResult<Answer<T>>,
  'data' | 'error' | 'isPlaceholderData' | 'dataUpdatedAt' | 'refetch' | 'isFetching'
>

/** What a query's answer means for the page or panel that shows it. */
export function stateOf<T>(query: AnswerQuery<T>, isEmpty: (data: T) => boolean): PageState {
  if (query.data === undefined) return query.error === null ? 'loading' : 'error'
  if (isEmpty(query.data.data)) return 'empty'
  return query.data.meta.partial ? 'partial' : 'ready'
}

export const neverEmpty = () => false
