-- Grain: service × version × minute of some services of an environment, all operations.
-- Of the generations of a minute the last one up to `asOf`; one without requests is left out.
SELECT
    service,
    version,
    intDiv(toUnixTimestamp(minute), 60) AS minute_number,
    argMax(judged.requests, generation) AS requests,
    argMax(judged.failures, generation) AS failures
FROM judged_minutes AS judged
WHERE service IN {services: Array(String)}
  AND environment = {environment: String}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
  AND generation <= {asOf: UInt64}
GROUP BY service, version, minute
HAVING requests > 0
ORDER BY service, minute_number, version
