import type { ClickHouseClient } from '@clickhouse/client'
import { CODE_VERSION } from '@aftermath/analysis'
import type { Judgement } from '@aftermath/analysis/judgement'
import { Policy } from '@aftermath/schemas/policy'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { JudgeContext, Surroundings } from './judge-context.ts'
import type { Look } from './judge-release.ts'

/** A verdict made again from the counts and facts it was made of. */
export interface Replay {
  judgedMs: number
  /** As it is stored, and as it comes out now: the same text, or something is wrong. */
  stored: string
  replayed: string
  /** Another program judged it: then the two may differ without anything being wrong. */
  codeVersion: { stored: string; replaying: string }
}

const readJudged = defineQuery({
  sql: new URL('judged-at.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    version: z.string(),
    atMs: z.int(),
  }),
  row: z.object({
    body: z.string(),
    judgedMs: z.number(),
    codeVersion: z.string(),
    context: z.string(),
    policy: z.string(),
  }),
})

const readContext = defineQuery({
  sql: () => 'SELECT body FROM judge_contexts WHERE hash = {hash: String} LIMIT 1',
  params: z.object({ hash: z.string() }),
  row: z.object({ body: z.string() }),
})

/**
 * Judges once more what was judged last by a time.
 *
 * @param judge reads minutes as they were at the look's time
 * @returns undefined where nothing was judged by then
 */
export async function replayJudgement(
  client: ClickHouseClient,
  asked: { service: string; environment: string; version: string; atMs: number },
  judge: (look: Look) => Promise<Judgement | undefined>,
): Promise<Replay | undefined> {
  const [stored] = await readJudged(client, asked)
  if (stored === undefined) return undefined
  const context = JudgeContext.parse(JSON.parse(stored.context))
  const [surroundings] = await readContext(client, { hash: context.surroundings })
  const judgement = await judge({
    context,
    surroundings: Surroundings.parse(JSON.parse(surroundings?.body ?? '')),
    policy: Policy.parse(JSON.parse(stored.policy)),
    nowMs: stored.judgedMs,
  })
  return {
    judgedMs: stored.judgedMs,
    stored: stored.body,
    replayed: JSON.stringify(judgement),
    codeVersion: { stored: stored.codeVersion, replaying: CODE_VERSION },
  }
}
