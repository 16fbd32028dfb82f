import type { Problem as ProblemBody } from '@aftermath/schemas/api/common'
import type { z } from 'zod'

/** An answer that is no success, as RFC 9457 has it. Thrown anywhere below a route. */
export class Problem extends Error {
  readonly status: number
  readonly title: string
  readonly errors: ProblemBody['errors']
  readonly headers: Record<string, string>

  constructor(
    status: number,
    detail: string,
    more: { errors?: ProblemBody['errors']; headers?: Record<string, string> } = {},
  ) {
    super(detail)
    this.status = status
    this.title = TITLES[status] ?? 'Something failed'
    this.errors = more.errors
    this.headers = more.headers ?? {}
  }

  body(requestId: string): ProblemBody {
    return {
      type: 'about:blank',
      title: this.title,
      status: this.status,
      detail: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      requestId,
    }
  }
}

const TITLES: Record<number, string> = {
  400: 'The request is not understood',
  401: 'Not logged in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Wrong method',
  408: 'It took too long',
  409: 'It conflicts with what is there',
  413: 'Too large',
  415: 'Wrong content type',
  421: 'Wrong host',
  429: 'Too many requests',
  503: 'Not available at the moment',
}

/** 400, with one entry per wrong parameter or field. */
export function problemOf(error: z.ZodError, where: 'parameter' | 'field'): Problem {
  const errors = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [...issue.path, key].join('.'),
          message: `unknown ${where}`,
        }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  )
  const named = errors.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; ')
  return new Problem(400, `Wrong ${where}${errors.length === 1 ? '' : 's'}: ${named}.`, { errors })
}
