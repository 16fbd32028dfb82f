-- Grain: service × minute over two windows, all other services of the environment, all versions.
SELECT
    service,
    intDiv(toUnixTimestamp(minute), 60) AS minute_number,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE service != {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY service, minute_number
ORDER BY service, minute_number
