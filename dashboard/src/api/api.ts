import type { Meta, Problem } from '@aftermath/schemas/api/common'
import type { SqlAnswer } from '@aftermath/schemas/api/sql'
import { takeBoot } from './boot.ts'
import { ApiError } from './api-error.ts'
import type { AnswerData, AnswerName } from './answer-schemas.ts'

export type Answer<T> = { data: T; meta: Meta }

/** Longer than the API's own limit for a query, so that its problem arrives before ours is made. */
const timeoutMs = 40_000

type Request = { method?: string; body?: string; signal?: AbortSignal | undefined }

/**
 * The dashboard's end of the API. Answers come from the program that served this page, so their
 * shapes agree by build: production checks the envelope, development parses all of it (the full
 * schemas weigh 25 KiB, which the first screen does not have).
 *
 * @throws ApiError
 */
export const api = {
  async get<N extends AnswerName>(
    path: string,
    shape: N,
    signal?: AbortSignal,
  ): Promise<Answer<AnswerData<N>>> {
    const boot = takeBoot(path)
    if (isEnvelope(boot)) return boot as Answer<AnswerData<N>> // as an answer: see above
    return readAnswer(await send(path, { signal }), shape)
  },

  async post<N extends AnswerName>(
    path: string,
    body: unknown,
    shape: N,
  ): Promise<Answer<AnswerData<N>>> {
    return readAnswer(await send(path, { method: 'POST', body: JSON.stringify(body) }), shape)
  },

  /** One SELECT on the project's tables; its answer has an envelope of its own. */
  async query(path: string, query: string): Promise<SqlAnswer> {
    const response = await send(path, { method: 'POST', body: JSON.stringify({ query }) })
    const body: unknown = await response.json().catch(() => undefined)
    const isRows = typeof body === 'object' && body !== null && 'data' in body && 'meta' in body
    if (!isRows) throw new ApiError({ kind: 'malformed' })
    return body as SqlAnswer // from the program that served this page: see above
  },

  async delete<N extends AnswerName>(path: string, shape: N): Promise<Answer<AnswerData<N>>> {
    return readAnswer(await send(path, { method: 'DELETE' }), shape)
  },
}

async function send(path: string, { signal, ...request }: Request): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs)
  let response: Response
  try {
    response = await fetch(path, {
      ...request,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      credentials: 'same-origin',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    })
  } catch (error) {
    if (timeout.aborted) throw new ApiError({ kind: 'timeout' })
    if (signal?.aborted === true) throw error
    throw new ApiError({ kind: 'offline' })
  }
  if (response.ok) return response
  const problem = await readProblem(response)
  const requestId = problem?.requestId ?? response.headers.get('x-request-id') ?? undefined
  throw new ApiError({ kind: 'problem', status: response.status, problem }, requestId)
}

async function readAnswer<N extends AnswerName>(
  response: Response,
  shape: N,
): Promise<Answer<AnswerData<N>>> {
  const requestId = response.headers.get('x-request-id') ?? undefined
  const body: unknown = await response.json().catch(() => undefined)
  if (!isEnvelope(body)) throw new ApiError({ kind: 'malformed' }, requestId)
  if (import.meta.env.DEV) {
    const { answerSchemas } = await import('./answer-schemas.ts')
    return answerSchemas[shape].parse(body)
  }
  return body as Answer<AnswerData<N>> // see above
}

function isEnvelope(body: unknown): body is Answer<unknown> {
  if (typeof body !== 'object' || body === null || !('data' in body) || !('meta' in body)) {
    return false
  }
  const { meta } = body
  return typeof meta === 'object' && meta !== null && 'now' in meta && typeof meta.now === 'string'
}

async function readProblem(response: Response): Promise<Problem | undefined> {
  const body: unknown = await response.json().catch(() => undefined)
  const isProblem =
    typeof body === 'object' && body !== null && 'title' in body && typeof body.title === 'string'
  return isProblem ? (body as Problem) : undefined // its other fields are only shown when texts
}
