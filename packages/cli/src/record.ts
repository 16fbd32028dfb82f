import type { z } from 'zod'
import { type Outcome, callApi } from './api.ts'
import type { Server } from './find-server.ts'

export type RecordDeps = {
  server: Server
  project: string
  timeoutMs: number
  now: () => number
  sleep: (ms: number) => Promise<unknown>
}

type Item<T> = {
  /** Below the API's root. */
  path: string
  /** What makes it harmless to send it twice, where that is not in it. */
  idempotencyKey?: string
  send: unknown
  answer: z.ZodType<T>
}

const ANSWER_MS = 15_000
const PAUSE_MS = 1_000

/** Records something once, however often it has to be sent: a server that is away is asked again. */
export async function record<T>(
  { path, ...item }: Item<T>,
  { server, project, timeoutMs, now, sleep }: RecordDeps,
): Promise<Outcome<T>> {
  const deadlineMs = now() + timeoutMs
  for (;;) {
    const sent = await callApi({
      ...item,
      server,
      path: `/api/v1${path}?project=${encodeURIComponent(project)}`,
      timeoutMs: ANSWER_MS,
    })
    const leftMs = deadlineMs - now()
    if (sent.outcome !== 'unreachable' || leftMs <= 0) return sent
    await sleep(Math.min(sent.retryAfterMs ?? PAUSE_MS, leftMs))
  }
}
