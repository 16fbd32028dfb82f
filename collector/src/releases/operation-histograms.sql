-- Grain: operation × latency bucket of one version. Key prefix: service, environment.
-- Beyond the 300 operations with most requests in the window the rest is one: '(other)'.
WITH largest AS
(
    SELECT operation
    FROM operation_minutes
    WHERE service = {service: String}
      AND environment = {environment: String}
      AND kind IN ('server', 'consumer', 'root')
      AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
      AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
      AND version = {version: String}
    GROUP BY operation
    ORDER BY sum(count) DESC, operation
    LIMIT 300
)
SELECT
    if(operation IN largest, operation, '(other)') AS operation_shown,
    bucket,
    sum(count) AS requests
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
  AND version = {version: String}
GROUP BY operation_shown, bucket
ORDER BY operation_shown, bucket
