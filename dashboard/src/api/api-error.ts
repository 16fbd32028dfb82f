import type { Problem } from '@aftermath/schemas/api/common'

type Failure =
  | { kind: 'problem'; status: number; problem: Problem | undefined }
  | { kind: 'offline' | 'timeout' | 'malformed' }

/** Why a request of the dashboard got no answer it can show. */
export class ApiError extends Error {
  readonly failure: Failure
  readonly requestId: string | undefined

  constructor(failure: Failure, requestId?: string) {
    super(failure.kind === 'problem' ? (failure.problem?.title ?? 'HTTP error') : failure.kind)
    this.name = 'ApiError'
    this.failure = failure
    this.requestId = requestId
  }

  /** HTTP status; undefined where no answer came. */
  get status(): number | undefined {
    return this.failure.kind === 'problem' ? this.failure.status : undefined
  }
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status
}
