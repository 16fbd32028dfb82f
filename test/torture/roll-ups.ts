import type { Read } from './read-engine.ts'

/**
 * Keys at which a roll-up is not what its raw rows add up to. Counted with SQL of our own, which knows
 * what the torture's requests look like: not with the views' own statements.
 */
const differences: Record<string, string> = {
  operation_minutes: `
    SELECT count() FROM (
      SELECT service, environment, version, minute, operation, kind, bucket
      FROM (
        SELECT service, environment, version, minute, operation, toString(kind) AS kind, bucket,
          toInt64(count) AS c, toInt64(errors) AS e, weighted_count AS wc, weighted_errors AS we
        FROM operation_minutes
        UNION ALL
        SELECT ServiceName, ResourceAttributes['deployment.environment.name'],
          ResourceAttributes['service.version'], toStartOfMinute(toDateTime(Timestamp, 'UTC')),
          concat('POST ', SpanAttributes['http.route']), 'server',
          if(Duration = 0, -1000, toInt16(ceil(log2(Duration) * 8) - 1)),
          -1, -toInt64(StatusCode = 'Error'), -1., -toFloat64(StatusCode = 'Error')
        FROM otel_traces
      )
      GROUP BY ALL
      HAVING sum(c) != 0 OR sum(e) != 0 OR abs(sum(wc)) > 1e-6 OR abs(sum(we)) > 1e-6
    )`,
  otel_traces_trace_id_ts: `
    SELECT count() FROM (
      SELECT TraceId, toUnixTimestamp(min(Start)) AS s, toUnixTimestamp(max(End)) AS e
      FROM otel_traces_trace_id_ts GROUP BY TraceId) AS seen
    FULL OUTER JOIN (
      SELECT TraceId, toUnixTimestamp(min(Timestamp)) AS s, toUnixTimestamp(max(Timestamp)) AS e
      FROM otel_traces GROUP BY TraceId) AS raw USING TraceId
    WHERE seen.s != raw.s OR seen.e != raw.e`,
}

/** By roll-up, where there are any. */
export async function findRollUpDifferences(
  read: Read,
  database: string,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [table, sql] of Object.entries(differences)) {
    const [[count] = []] = await read(sql, database)
    if (Number(count) > 0) found[table] = Number(count)
  }
  return found
}
