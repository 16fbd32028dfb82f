import { Problem } from '@aftermath/schemas/api/common'
import type { z } from 'zod'
import type { Server } from './find-server.ts'

/** What became of one request. `body` is the answer as it came, for `--json`. */
export type Outcome<T> =
  | { outcome: 'answered'; value: T; body: unknown }
  | { outcome: 'refused'; sentence: string } // asking again changes nothing
  | { outcome: 'unreachable'; sentence: string; retryAfterMs: number | undefined }

type Call<T> = {
  server: Server
  path: string
  answer: z.ZodType<T>
  /** Sent as JSON by POST; without it, a GET, or the method given. */
  send?: unknown
  method?: 'DELETE' | 'PUT'
  timeoutMs: number
  /** Sent along with a POST, so that sending it again changes nothing. */
  idempotencyKey?: string
  signal?: AbortSignal
}

/** One request to the API. Whatever happens to it is in the outcome; nothing is thrown. */
export async function callApi<T>(call: Call<T>): Promise<Outcome<T>> {
  const { server, path, answer, send, method, timeoutMs, idempotencyKey } = call
  const headers: Record<string, string> = { accept: 'application/json' }
  if (server.token !== undefined) headers['authorization'] = `Bearer ${server.token}`
  if (send !== undefined) headers['content-type'] = 'application/json'
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  const timeout = AbortSignal.timeout(timeoutMs)

  let status: number
  let retryAfter: string | null
  let text: string
  try {
    const response = await fetch(server.url + path, {
      method: method ?? (send === undefined ? 'GET' : 'POST'),
      headers,
      ...(send === undefined ? {} : { body: JSON.stringify(send) }),
      signal: call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]),
    })
    status = response.status
    retryAfter = response.headers.get('retry-after')
    text = await response.text()
  } catch (error) {
    return unreachable<T>(`${server.url} ${describeFailure(error)}`, null)
  }
  return interpret<T>({ server, status, retryAfter, text, answer })
}

/** A file of the API. Nothing is thrown. */
export async function downloadFrom(
  server: Server,
  path: string,
  timeoutMs: number,
): Promise<Outcome<Uint8Array>> {
  try {
    const response = await fetch(server.url + path, {
      headers: server.token === undefined ? {} : { authorization: `Bearer ${server.token}` },
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.ok) {
      return { outcome: 'answered', value: await response.bytes(), body: undefined }
    }
    const text = await response.text()
    return refused(
      `${server.url} answered ${response.status}: ${describeProblem(response.status, parseJson(text))}`,
    )
  } catch (error) {
    return unreachable(`${server.url} ${describeFailure(error)}`, null)
  }
}

type Reply<T> = {
  server: Server
  status: number
  retryAfter: string | null
  text: string
  answer: z.ZodType<T>
}

function interpret<T>({ server, status, retryAfter, text, answer }: Reply<T>): Outcome<T> {
  const body = parseJson(text)
  if (status >= 200 && status < 300) {
    // The gate keeps a connection alive by spaces: nothing else means that it broke off.
    if (text.trim() === '') return unreachable(`${server.url} ended before it answered`, null)
    const parsed = answer.safeParse(body)
    if (parsed.success) return { outcome: 'answered', value: parsed.data, body }
    return refused(`${server.url} answered, but not as Aftermath does. Is the address right?`)
  }
  const problem = describeProblem(status, body)
  const passing = status >= 500 || status === 429 || status === 408
  if (passing) return unreachable(`${server.url} answered ${status}: ${problem}`, retryAfter)
  const hint = status === 401 && server.token === undefined ? TOKEN_HINT : ''
  return refused(`${server.url} answered ${status}: ${problem}${hint}`)
}

const TOKEN_HINT = '\n  No token was sent: give one by AFTERMATH_TOKEN or --token.'

function refused<T>(sentence: string): Outcome<T> {
  return { outcome: 'refused', sentence }
}

function unreachable<T>(sentence: string, retryAfter: string | null): Outcome<T> {
  const seconds = Number(retryAfter ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds, 60) * 1000 : undefined
  return { outcome: 'unreachable', sentence, retryAfterMs }
}

/** Title, detail and a line for every wrong field of an RFC 9457 answer. */
function describeProblem(status: number, body: unknown): string {
  const parsed = Problem.safeParse(body)
  if (!parsed.success) return `HTTP status ${status}`
  const { title, detail, errors } = parsed.data
  const head = detail === undefined || detail === title ? title : `${title}. ${detail}`
  return [head, ...(errors ?? []).map(({ path, message }) => `  ${path}: ${message}`)].join('\n')
}

const FAILURES: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection: nothing listens there',
  ECONNRESET: 'broke the connection off',
  UND_ERR_SOCKET: 'broke the connection off',
  ENOTFOUND: 'has a host name that is not known',
  EAI_AGAIN: 'has a host name that cannot be looked up now',
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return `cannot be reached: ${String(error)}`
  if (error.name === 'TimeoutError') return 'did not answer in time'
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return FAILURES[code] ?? `cannot be reached: ${cause.message}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
