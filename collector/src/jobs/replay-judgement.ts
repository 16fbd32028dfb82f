import type { ClickHouseClient } from '@clickhouse/client'
import { CODE_VERSION } from '@aftermath/analysis'
import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import { policyVersion } from '@aftermath/analysis/policy/policy-version'
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

type Asked = { service: string; environment: string; version: string; atMs: number }
/** Reads minutes as they were at the look's time. */
type Judge = (look: Look) => Promise<Judgement | undefined>

/**
 * Judges once more what was judged last by a time.
 *
 * @returns undefined where nothing was judged by then
 */
export async function replayJudgement(
  client: ClickHouseClient,
  asked: Asked,
  judge: Judge,
): Promise<Replay | undefined> {
  const judged = await readLook(client, asked)
  if (judged === undefined) return undefined
  const { stored, look } = judged
  return {
    judgedMs: stored.judgedMs,
    stored: stored.body,
    replayed: JSON.stringify(await judge(look)),
    codeVersion: { stored: stored.codeVersion, replaying: CODE_VERSION },
  }
}

/**
 * Judges what was judged last by a time against a release that somebody names, all else as it was.
 *
 * @returns undefined where nothing was judged by then
 */
export async function judgeBeside(
  client: ClickHouseClient,
  asked: Asked,
  baseline: string,
  judge: Judge,
): Promise<Judgement | undefined> {
  const judged = await readLook(client, asked)
  if (judged === undefined) return undefined
  const { version: _, ...policy } = judged.look.policy
  const named = { ...policy, baselines: { ...policy.baselines, [asked.version]: baseline } }
  return judge({ ...judged.look, policy: { version: policyVersion(named), ...named } })
}

async function readLook(client: ClickHouseClient, asked: Asked) {
  const [stored] = await readJudged(client, asked)
  if (stored === undefined) return undefined
  const context = JudgeContext.parse(JSON.parse(stored.context))
  const [surroundings] = await readContext(client, { hash: context.surroundings })
  const look: Look = {
    context,
    surroundings: Surroundings.parse(JSON.parse(surroundings?.body ?? '')),
    policy: Policy.parse(JSON.parse(stored.policy)),
    nowMs: stored.judgedMs,
  }
  return { stored, look }
}
