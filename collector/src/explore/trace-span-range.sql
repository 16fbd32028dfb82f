-- Grain: one row. Key: TraceId. When a trace happened, in whole seconds; 0 rows of an unknown one.
SELECT
    toInt64(toUnixTimestamp(min(Start))) AS fromSeconds,
    toInt64(toUnixTimestamp(max(End))) + 1 AS toSeconds
FROM otel_traces_trace_id_ts
WHERE TraceId = {traceId: String}
HAVING count() > 0
