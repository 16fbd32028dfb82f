-- Grain: service × version × minute of some services of an environment, entry spans of all operations.
SELECT
    service,
    version,
    intDiv(toUnixTimestamp(minute), 60) AS minute_number,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE service IN {services: Array(String)}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY service, version, minute_number
ORDER BY service, minute_number, version
