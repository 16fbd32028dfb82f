-- Grain: span. Key prefix: ServiceName; without a service, partitions and parts by time.
-- Entry spans of a time range, newest first or longest first, after a place.
WITH
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
    PREWHERE ({service: String} = '' OR ServiceName = {service: String})
      AND Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND Timestamp < fromUnixTimestamp64Nano({toNs: Int64})
      AND (SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')
      AND Duration >= {durationMinNs: UInt64}
      AND Duration <= {durationMaxNs: UInt64}
      AND (NOT {after: Bool}
        OR if({longestFirst: Bool},
            (Duration, toUnixTimestamp64Nano(Timestamp), SpanId)
                < ({afterDurationNs: UInt64}, {afterNs: Int64}, {afterSpanId: String}),
            (toUnixTimestamp64Nano(Timestamp), SpanId) < ({afterNs: Int64}, {afterSpanId: String})))
),
-- {span facts}
SELECT
    trace_id AS traceId,
    span_id AS spanId,
    toString(toUnixTimestamp64Nano(started)) AS startNs,
    service,
    environment,
    version,
    operation,
    toString(kind) AS kind_shown,
    duration AS durationNs,
    failed,
    status_message AS statusMessage
FROM related
WHERE ({environment: String} = '' OR environment = {environment: String})
  AND ({version: String} = '' OR version = {version: String})
  AND (empty({operations: Array(String)}) OR if({otherThan: Bool},
        NOT has({operations: Array(String)}, operation), has({operations: Array(String)}, operation)))
  AND ({status: String} = '' OR failed = ({status: String} = 'failed'))
ORDER BY if({longestFirst: Bool}, duration, 0) DESC, started DESC, span_id DESC
LIMIT {limit: UInt32}
