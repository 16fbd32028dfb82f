-- Grain: signal × version × minute of some versions of a service, strata together. Key prefix: service,
-- environment, version. Of the generations of a minute the last one up to `asOf`.
SELECT
    signal,
    version,
    intDiv(toUnixTimestamp(minute), 60)        AS minuteNumber,
    argMax(judged.strata.name, generation)     AS strata,
    argMax(judged.strata.numbers, generation)  AS numbers
FROM judged_signals AS judged
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version IN {versions: Array(String)}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
  AND generation <= {asOf: UInt64}
GROUP BY signal, version, minute
HAVING notEmpty(strata)
ORDER BY signal, minuteNumber, version
