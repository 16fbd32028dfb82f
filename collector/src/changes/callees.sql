-- Grain: service among the candidates that requests of a service reach, in some minutes. `direct`: it
-- was called by the service itself. At most as many calls are looked at as {callsMax}.
WITH calls AS
(
    SELECT SpanId, TraceId, Timestamp
    FROM otel_traces
    WHERE ServiceName = {service: String}
      AND SpanKind IN ('Client', 'Producer')
      AND Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
      AND Timestamp < fromUnixTimestamp64Nano({untilNs: Int64})
    LIMIT {callsMax: UInt32}
)
SELECT span.ServiceName AS callee, max(span.ParentSpanId IN (SELECT SpanId FROM calls)) AS direct
FROM otel_traces AS span
-- What calls the service shares its traces too, but began before its calls.
INNER JOIN (SELECT TraceId, min(Timestamp) AS began FROM calls GROUP BY TraceId) AS trace
    ON trace.TraceId = span.TraceId
WHERE span.ServiceName IN {candidates: Array(String)}
  AND span.SpanKind IN ('Server', 'Consumer')
  AND span.Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
  AND span.Timestamp < fromUnixTimestamp64Nano({untilNs: Int64})
  AND span.Timestamp >= trace.began
GROUP BY callee
