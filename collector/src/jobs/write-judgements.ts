import type { ClickHouseClient } from '@clickhouse/client'
import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import { keep, type Kept } from './judge-context.ts'
import type { Look } from './judge-release.ts'

/** A judgement, and what it was made of besides minutes. */
export type Judged = { look: Look; surroundings: Kept; judgement: Judgement }

/** Texts that are known to be stored; beyond, they are written once more, which changes nothing. */
const KNOWN_TEXTS_MAX = 10_000

/**
 * Appends verdicts and their evidence, with what each was made of. Earlier ones stay: they are what
 * was advised then.
 */
export function openJudgementWriter(client: ClickHouseClient) {
  const known = new Set<string>()
  const insert = async (table: string, values: readonly object[]) => {
    if (values.length === 0) return
    await client.insert({
      table,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
      values,
    })
  }
  /** What is stored under a name of its content: once. */
  const insertKept = async (table: string, rows: ReadonlyMap<string, object>) => {
    const fresh = [...rows].filter(([key]) => !known.has(`${table} ${key}`))
    await insert(
      table,
      fresh.map(([, row]) => row),
    )
    if (known.size > KNOWN_TEXTS_MAX) known.clear()
    for (const [key] of fresh) known.add(`${table} ${key}`)
  }

  return async (judged: readonly Judged[]): Promise<void> => {
    const policies = judged.map(({ look: { policy } }) => policy)
    const contexts = judged.flatMap(({ look, surroundings }) => [keep(look.context), surroundings])
    const bodies = policies.map(({ version, ...numbers }) => ({
      version,
      body: JSON.stringify({ version, ...numbers }),
    }))
    await insertKept('policies', new Map(bodies.map((row) => [row.version, row])))
    await insertKept('judge_contexts', new Map(contexts.map((row) => [row.hash, row])))
    await insert('evidence', judged.flatMap(evidenceRows))
    // Last: whoever reads a verdict finds its evidence.
    await insert('verdicts', judged.map(verdictRow))
  }
}

function keyOf({ look: { context, nowMs }, judgement }: Judged) {
  return {
    service: context.service,
    environment: context.environment,
    version: context.version,
    judged_at: new Date(nowMs).toISOString(),
    inputs_until: new Date(judgement.judgedUntilMs ?? 0).toISOString(),
    policy_version: judgement.policyVersion,
    code_version: judgement.codeVersion,
  }
}

function evidenceRows(judged: Judged) {
  const key = keyOf(judged)
  return judged.judgement.evidence.map((row) => ({
    ...key,
    signal: row.signal,
    operation: row.scope.operation,
    quantile: row.scope.quantile,
    unit: row.unit,
    candidate_value: row.candidate.value,
    candidate_n: row.candidate.n,
    baseline_value: row.baseline.value,
    baseline_n: row.baseline.n,
    estimate: row.estimate,
    low: row.low,
    high: row.high,
    confidence: row.confidence,
    minimum_effect: row.minimumEffect,
    log_e: row.logE,
    weighted_log_e: row.weightedLogE,
    conclusion: row.conclusion,
  }))
}

function verdictRow(judged: Judged) {
  const { judgement } = judged
  return {
    ...keyOf(judged),
    verdict: judgement.verdict,
    severity: judgement.severity ?? '',
    action: judgement.action ?? '',
    sentence: judgement.sentence,
    eta_minutes: judgement.eta?.minutes ?? null,
    baseline_version: judgement.baseline.version ?? '',
    baseline_kind: judgement.baseline.kind,
    body: JSON.stringify(judgement),
    context_hash: keep(judged.look.context).hash,
  }
}
