-- Grain: version × minute, entry requests of all operations. Key prefix: service, environment.
-- Of the generations of a minute the last one up to `asOf`; one without requests is left out.
SELECT
    version,
    intDiv(toUnixTimestamp(minute), 60) AS minute_number,
    argMax(judged.requests, generation) AS requests,
    argMax(judged.failures, generation) AS failures
FROM judged_minutes AS judged
WHERE service = {service: String}
  AND environment = {environment: String}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
  AND generation <= {asOf: UInt64}
  AND version != ''
GROUP BY version, minute
HAVING requests > 0
ORDER BY minute_number, version
