-- Grain: version × minute, entry spans of all operations. Key prefix: service, environment.
SELECT
    version,
    intDiv(toUnixTimestamp(minute), 60) AS minute_number,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
  AND version != ''
GROUP BY version, minute_number
ORDER BY minute_number, version
