-- Grain: minute × operation × latency bucket of one version, entry spans. Key prefix: service,
-- environment, version, minute. At most `rowsMax` rows: as many as that mean there are more.
SELECT
    intDiv(toUnixTimestamp(minute), 60) AS minute_number,
    operation,
    bucket,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY minute_number, operation, bucket
ORDER BY minute_number, operation, bucket
LIMIT {rowsMax: UInt64}
