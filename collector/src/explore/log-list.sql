-- Grain: log record. Key prefix: five minutes, ServiceName. Newest first, behind a place; words by the
-- index on lower(Body).
WITH
    mapKeys(LogAttributes) AS keys,
    mapValues(LogAttributes) AS vals,
    mapKeys(ResourceAttributes) AS resource_keys,
    mapValues(ResourceAttributes) AS resource_vals
SELECT
    toString(toUnixTimestamp64Nano(Timestamp)) AS ns,
    toString(cityHash64(ServiceName, SeverityNumber, SpanId, Body, keys, vals, resource_vals)) AS id,
    SeverityText AS SeverityText,
    SeverityNumber AS SeverityNumber,
    ServiceName AS service,
    -- {release}
    substringUTF8(Body, 1, 10000) AS body_shown,
    EventName AS EventName,
    TraceId AS TraceId,
    SpanId AS SpanId,
    LogAttributes AS LogAttributes,
    ResourceAttributes AS ResourceAttributes
FROM otel_logs
PREWHERE toStartOfFiveMinutes(Timestamp) >= toStartOfFiveMinutes(fromUnixTimestamp64Nano({fromNs: Int64}))
    AND toStartOfFiveMinutes(Timestamp) <= toStartOfFiveMinutes(fromUnixTimestamp64Nano({toNs: Int64}))
    AND Timestamp >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND Timestamp < fromUnixTimestamp64Nano({toNs: Int64})
    AND ({service: String} = '' OR ServiceName = {service: String})
    AND ({severityMin: UInt8} = 0 OR SeverityNumber >= {severityMin: UInt8})
    AND ({traceId: String} = '' OR TraceId = {traceId: String})
    AND (empty({words: Array(String)}) OR hasAllTokens(lower(Body), {words: Array(String)}))
WHERE ({part: String} = '' OR positionCaseInsensitiveUTF8(Body, {part: String}) > 0)
  AND ({environment: String} = '' OR environment_shown = {environment: String})
  AND ({version: String} = '' OR version_shown = {version: String})
  AND (NOT {after: Bool} OR (toUnixTimestamp64Nano(Timestamp), toUInt64(id)) <= ({afterNs: Int64}, {afterId: UInt64}))
ORDER BY Timestamp DESC, toUInt64(id) DESC
LIMIT {limit: UInt32} OFFSET {skip: UInt32}
