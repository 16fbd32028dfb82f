-- Grain: service × minute, all other services of the environment, all versions.
SELECT
    service,
    intDiv(toUnixTimestamp(minute), 60) AS minute_number,
    sum(version_requests) AS requests,
    sum(version_failures) AS failures
FROM
(
    SELECT
        service,
        minute,
        argMax(judged.requests, generation) AS version_requests,
        argMax(judged.failures, generation) AS version_failures
    FROM judged_minutes AS judged
    WHERE service != {service: String}
      AND environment = {environment: String}
      AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
      AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
      AND generation <= {asOf: UInt64}
    GROUP BY service, version, minute
)
GROUP BY service, minute
HAVING requests > 0
ORDER BY service, minute_number
