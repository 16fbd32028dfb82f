import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { Answer } from '../api/api.ts'
import type { AnswerQuery } from '../ui/page-state.ts'

type PagesOptions<T> = {
  queryKey: readonly unknown[]
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Answer<T[]>>
  refetchInterval: number | false
}

/** A list that grows by pages, as one answer; `more` reads the next page where there is one. */
export function usePages<T>({ queryKey, read, refetchInterval }: PagesOptions<T>) {
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ meta }) => meta.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    // Whoever reads further down is not to have the rows moved under the pointer.
    refetchInterval: (query) => (query.state.data?.pages.length === 1 ? refetchInterval : false),
  })
  const answers = pages.data?.pages
  const first = answers?.[0]
  const data =
    answers === undefined || first === undefined
      ? undefined
      : { data: answers.flatMap((answer) => answer.data), meta: first.meta }
  const query: AnswerQuery<T[]> = { ...pages, data, refetch: pages.refetch as never } // only called
  return {
    query,
    more: pages.hasNextPage ? () => void pages.fetchNextPage() : undefined,
    isLoadingMore: pages.isFetchingNextPage,
  }
}
