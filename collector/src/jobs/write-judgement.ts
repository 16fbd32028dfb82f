import type { ClickHouseClient } from '@clickhouse/client'
import type { ReleaseLine } from '../releases/read-releases.ts'
import type { Judged } from './judge-release.ts'

const SETTINGS = { async_insert: 0 } as const

/** Appends a verdict and its evidence. Earlier ones stay: they are what was advised then. */
export async function writeJudgement(
  client: ClickHouseClient,
  { service, environment }: ReleaseLine,
  { release, judgement, judgedMs }: Judged,
): Promise<void> {
  const key = {
    service,
    environment,
    version: release.version,
    judged_at: new Date(judgedMs).toISOString(),
    inputs_until: new Date(judgement.judgedUntilMs ?? 0).toISOString(),
    policy_version: judgement.policyVersion,
    code_version: judgement.codeVersion,
  }
  const settings = { ...SETTINGS, date_time_input_format: 'best_effort' } as const
  if (judgement.evidence.length > 0) {
    await client.insert({
      table: 'evidence',
      format: 'JSONEachRow',
      clickhouse_settings: settings,
      values: judgement.evidence.map((row) => ({
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
      })),
    })
  }
  // Last: whoever reads a verdict finds its evidence.
  await client.insert({
    table: 'verdicts',
    format: 'JSONEachRow',
    clickhouse_settings: settings,
    values: [
      {
        ...key,
        verdict: judgement.verdict,
        severity: judgement.severity ?? '',
        action: judgement.action ?? '',
        sentence: judgement.sentence,
        eta_minutes: judgement.eta?.minutes ?? null,
        baseline_version: judgement.baseline.version ?? '',
        baseline_kind: judgement.baseline.kind,
        body: JSON.stringify(judgement),
      },
    ],
  })
}
