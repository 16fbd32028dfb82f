import type { ClickHouseClient } from '@clickhouse/client'
import type { Judged } from './judge-release.ts'

/** Appends verdicts and their evidence. Earlier ones stay: they are what was advised then. */
export async function writeJudgements(
  client: ClickHouseClient,
  judged: readonly Judged[],
): Promise<void> {
  const insert = async (table: string, values: readonly object[]) => {
    if (values.length === 0) return
    await client.insert({
      table,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
      values,
    })
  }
  await insert('evidence', judged.flatMap(evidenceRows))
  // Last: whoever reads a verdict finds its evidence.
  await insert('verdicts', judged.map(verdictRow))
}

function keyOf({ release, judgement, judgedMs }: Judged) {
  return {
    service: release.service,
    environment: release.environment,
    version: release.version,
    judged_at: new Date(judgedMs).toISOString(),
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
  }
}
