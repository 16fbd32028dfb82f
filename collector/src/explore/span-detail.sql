-- Grain: span of one id in one trace, with everything the sender said. Bounded as trace-spans.sql is.
SELECT
    TraceId AS traceId,
    SpanId AS spanId,
    ParentSpanId AS parentSpanId,
    TraceState AS traceState,
    SpanName AS SpanName,
    SpanKind AS SpanKind,
    ServiceName AS service,
    toString(toUnixTimestamp64Nano(Timestamp)) AS startNs,
    Duration AS durationNs,
    StatusCode AS StatusCode,
    StatusMessage AS statusMessage,
    ScopeName AS scopeName,
    ScopeVersion AS scopeVersion,
    SpanAttributes AS SpanAttributes,
    ResourceAttributes AS ResourceAttributes,
    arrayMap(at -> toString(toUnixTimestamp64Nano(at)), Events.Timestamp) AS eventNs,
    Events.Name AS eventNames,
    Events.Attributes AS eventAttributes,
    Links.TraceId AS linkTraceIds,
    Links.SpanId AS linkSpanIds,
    Links.Attributes AS linkAttributes
FROM otel_traces
WHERE TraceId = {traceId: String}
  AND SpanId = {spanId: String}
  AND Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
  AND Timestamp < fromUnixTimestamp64Nano({toNs: Int64})
ORDER BY Timestamp
LIMIT 20
