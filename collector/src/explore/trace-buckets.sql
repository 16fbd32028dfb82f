-- Grain: latency bucket. Key prefix: service (environment, version when given), minute.
-- How long what a list asks for took: the longest are read from the buckets that hold them.
SELECT
    bucket,
    min(toUnixTimestamp(minute)) * 1000 AS fromMs,
    (max(toUnixTimestamp(minute)) + 60) * 1000 AS toMs,
    if({status: String} = 'failed', sum(errors),
        if({status: String} = 'ok', sum(count) - sum(errors), sum(count))) AS spans
FROM operation_minutes
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
  AND ({version: String} = '' OR version = {version: String})
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
  AND kind IN ('server', 'consumer', 'root')
  AND (empty({operations: Array(String)}) OR if({otherThan: Bool},
        NOT has({operations: Array(String)}, operation), has({operations: Array(String)}, operation)))
  AND bucket BETWEEN {bucketMin: Int16} AND {bucketMax: Int16}
GROUP BY bucket
HAVING spans > 0
ORDER BY bucket DESC
