-- Grain: step of a time range. Key prefix: service (environment, version when given), minute.
-- When the roll-up saw what a list asks for: lists read spans in these times alone.
SELECT
    intDiv(toUnixTimestamp(minute) * 1000 - {fromMs: Int64}, {stepMs: Int64}) AS step,
    if({status: String} = 'failed', sum(errors),
        if({status: String} = 'ok', sum(count) - sum(errors), sum(count))) AS spans
FROM operation_minutes
WHERE service = {service: String}
  AND ({environment: String} = '' OR environment = {environment: String})
  AND ({version: String} = '' OR version = {version: String})
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
  AND kind IN ('server', 'consumer', 'root')
  AND (empty({operations: Array(String)}) OR if({otherThan: Bool},
        NOT has({operations: Array(String)}, operation), has({operations: Array(String)}, operation)))
  AND bucket BETWEEN {bucketMin: Int16} AND {bucketMax: Int16}
GROUP BY step
HAVING spans > 0
ORDER BY step DESC
