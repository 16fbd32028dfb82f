import { randomUUID } from 'node:crypto'
import { type Decision, DecisionAnswer, NewDecision } from '@aftermath/schemas/api/decisions'
import type { z } from 'zod'
import type { Outcome } from './api.ts'
import { readCiFacts } from './ci-facts.ts'
import { VERDICT_WORD } from './gate-summary.ts'
import { record, type RecordDeps } from './record.ts'

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

/** Records the decision once, however often it has to be sent; a server that is away is asked again. */
export function sendDecision(
  decision: NewDecision,
  deps: RecordDeps,
): Promise<Outcome<{ data: Decision }>> {
  const answer = DecisionAnswer.pick({ data: true })
  const idempotencyKey = randomUUID()
  return record({ path: '/decisions', idempotencyKey, send: decision, answer }, deps)
}

export function decisionSummary(decision: Decision): string {
  const { service, version, environment, action, verdict, override, id, by } = decision
  const advised = `advised: ${VERDICT_WORD[verdict]}${override ? ', overridden' : ''}`
  const who = by === '' ? '' : ` by ${by}`
  return `${service} ${version} in ${environment}: ${action.replaceAll('_', ' ')}${who} (${advised}). Recorded as ${id}.`
}
