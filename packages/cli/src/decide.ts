import { randomUUID } from 'node:crypto'
import { type Decision, DecisionAnswer, NewDecision } from '@aftermath/schemas/api/decisions'
import type { z } from 'zod'
import { type Outcome, callApi } from './api.ts'
import { readCiFacts } from './ci-facts.ts'
import type { Server } from './find-server.ts'
import { VERDICT_WORD } from './gate-summary.ts'

export type DecideOptions = {
  service: string
  version: string
  env?: string
  reason?: string
  by?: string
  against?: string
}

/**
 * What is sent for the options; who decides comes from the CI system where nobody is named.
 *
 * @throws z.ZodError naming the field that the API would refuse
 */
export function composeDecision(
  action: string,
  { env: environment, ...options }: DecideOptions,
  env: Readonly<Record<string, string | undefined>>,
): z.output<typeof NewDecision> {
  const { actor } = readCiFacts(env)
  return NewDecision.parse({
    ...(actor !== undefined && { by: actor }),
    ...options,
    ...(environment !== undefined && { environment }),
    action,
  })
}

type Deps = {
  server: Server
  project: string
  timeoutMs: number
  now: () => number
  sleep: (ms: number) => Promise<unknown>
}

const ANSWER_MS = 15_000
const PAUSE_MS = 1_000

/** Records the decision once, however often it has to be sent; a server that is away is asked again. */
export async function sendDecision(
  decision: NewDecision,
  { server, project, timeoutMs, now, sleep }: Deps,
): Promise<Outcome<{ data: Decision }>> {
  const deadlineMs = now() + timeoutMs
  const idempotencyKey = randomUUID()
  for (;;) {
    const sent = await callApi({
      server,
      path: `/api/v1/decisions?project=${encodeURIComponent(project)}`,
      answer: DecisionAnswer.pick({ data: true }),
      send: decision,
      idempotencyKey,
      timeoutMs: ANSWER_MS,
    })
    const leftMs = deadlineMs - now()
    if (sent.outcome !== 'unreachable' || leftMs <= 0) return sent
    await sleep(Math.min(sent.retryAfterMs ?? PAUSE_MS, leftMs))
  }
}

export function decisionSummary(decision: Decision): string {
  const { service, version, environment, action, verdict, override, id, by } = decision
  const advised = `advised: ${VERDICT_WORD[verdict]}${override ? ', overridden' : ''}`
  const who = by === '' ? '' : ` by ${by}`
  return `${service} ${version} in ${environment}: ${action.replaceAll('_', ' ')}${who} (${advised}). Recorded as ${id}.`
}
