import type { ReleaseHistory } from '@aftermath/schemas/api/releases'
import { VerdictState } from '@aftermath/schemas/verdict'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import type { ReleaseKey } from './judged-release.ts'
import { readJudgement } from './stored-judgement.ts'

const Key = z.object({ service: z.string(), environment: z.string(), version: z.string() })

const readChanges = defineQuery({
  sql: new URL('verdict-changes.sql', import.meta.url),
  params: Key,
  row: z.object({ atMs: z.number(), verdict: VerdictState, sentence: z.string() }),
})

const readSpan = defineQuery({
  sql: new URL('verdict-span.sql', import.meta.url),
  params: Key,
  row: z.object({ lastMs: z.number(), judgements: z.number() }),
})

const readVerdictAt = defineQuery({
  sql: new URL('verdict-at.sql', import.meta.url),
  params: Key.extend({ atMs: z.int() }),
  row: z.object({ body: z.string(), judgedMs: z.number() }),
})

/** What was published of a release, from its deployment to its last judged minute. */
export async function readHistory(
  client: ClickHouseClient,
  key: ReleaseKey,
  release: OrderedRelease,
  signal: AbortSignal,
): Promise<ReleaseHistory> {
  const [changes, [span]] = await Promise.all([
    readChanges(client, key, signal),
    readSpan(client, key, signal),
  ])
  const untilMs = span === undefined || span.judgements === 0 ? release.lastSeenMs : span.lastMs
  const at = (timeMs: number) => new Date(timeMs).toISOString()
  return {
    from: at(Math.min(release.firstDeployedMs, untilMs)),
    until: at(untilMs),
    changes: changes.map(({ atMs, ...change }) => ({ at: at(atMs), ...change })),
  }
}

/** The judgement that held at a time; undefined where none had been made. */
export async function readJudgementAt(
  client: ClickHouseClient,
  key: ReleaseKey,
  atMs: number,
  signal: AbortSignal,
) {
  const [stored] = await readVerdictAt(client, { ...key, atMs }, signal)
  const judgement = stored === undefined ? undefined : readJudgement(stored.body)
  return stored === undefined || judgement === undefined
    ? undefined
    : { judgement, publishedMs: stored.judgedMs }
}
