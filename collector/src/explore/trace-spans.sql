-- Grain: span of one trace, by start. Bounded by the trace's time; within it by the index on TraceId.
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
        Duration AS duration,
        -- What the list has no use for goes along in the place of its message.
        (SpanName, SpanKind, length(Events.Name), length(Links.TraceId)) AS status_message
    FROM otel_traces
    WHERE TraceId = {traceId: String}
      AND Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND Timestamp < fromUnixTimestamp64Nano({toNs: Int64})
),
-- {span facts}
SELECT
    span_id AS spanId,
    parent_id AS parentSpanId,
    toString(toUnixTimestamp64Nano(started)) AS startNs,
    duration AS durationNs,
    service,
    failed,
    status_message.1 AS name,
    status_message.2 AS kind_shown,
    status_message.3 AS events,
    status_message.4 AS links
FROM related
ORDER BY started, span_id
LIMIT {limit: UInt32}
