-- Grain: minute × operation × variant of a flag: entry requests of a service in whose traces the flag was
-- evaluated by it. Key prefix: ServiceName, within some minutes. At most {evaluationsMax} evaluations.
WITH
evaluations AS (
    SELECT TraceId AS evaluated_trace, any(variant) AS seen_variant
    FROM
    (
        SELECT
            TraceId,
            arrayFirst(attributes -> attributes['feature_flag.key'] = {flag: String},
                arrayPushFront(Events.Attributes, SpanAttributes)) AS evaluated,
            multiIf(
                evaluated['feature_flag.result.variant'] != '', evaluated['feature_flag.result.variant'],
                evaluated['feature_flag.variant'] != '', evaluated['feature_flag.variant'],
                evaluated['feature_flag.result.value']) AS variant
        FROM otel_traces
        PREWHERE ServiceName = {service: String}
          AND Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
          AND Timestamp < fromUnixTimestamp64Nano({toNs: Int64})
        WHERE SpanAttributes['feature_flag.key'] = {flag: String}
           OR arrayExists(attributes -> attributes['feature_flag.key'] = {flag: String}, Events.Attributes)
        LIMIT {evaluationsMax: UInt32}
    )
    WHERE variant != ''
    GROUP BY evaluated_trace
),
spans AS (
    SELECT
        Timestamp, ServiceName, SpanName, SpanKind, ParentSpanId, TraceState, Duration, StatusCode,
        Events.Name, Events.Attributes,
        mapKeys(SpanAttributes) AS keys,
        mapValues(SpanAttributes) AS vals,
        mapKeys(ResourceAttributes) AS resource_keys,
        mapValues(ResourceAttributes) AS resource_vals,
        TraceId AS trace_id, SpanId AS span_id, ParentSpanId AS parent_id, Timestamp AS started,
        Duration AS duration, StatusMessage AS status_message
    FROM otel_traces
    PREWHERE ServiceName = {service: String}
      AND Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND Timestamp < fromUnixTimestamp64Nano({toNs: Int64})
      AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')
    WHERE TraceId IN (SELECT evaluated_trace FROM evaluations)
),
-- {span facts}
SELECT
    intDiv(toUnixTimestamp64Milli(started), 60000) AS minuteNumber,
    operation,
    seen_variant AS variant,
    count() AS requests,
    countIf(failed) AS failures
FROM related
INNER JOIN evaluations ON evaluated_trace = trace_id
WHERE environment = {environment: String}
GROUP BY minuteNumber, operation, variant
ORDER BY minuteNumber, operation, variant
