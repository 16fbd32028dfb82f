-- Grain: version: its requests (of the operations that the events came from, if they are known) in all,
-- before a minute, and since another. Key prefix: service, environment.
SELECT
    version,
    sum(count) AS requests,
    sumIf(count, minute < fromUnixTimestamp({beforeMinute: Int64} * 60)) AS requestsBefore,
    sumIf(count, minute >= fromUnixTimestamp({sinceMinute: Int64} * 60)) AS requestsLately
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND (empty({operations: Array(String)}) OR operation IN {operations: Array(String)})
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY version
