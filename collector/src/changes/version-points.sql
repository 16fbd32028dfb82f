-- Grain: version × five minutes of a service (or one operation of it), entry spans.
SELECT
    version,
    intDiv(intDiv(toUnixTimestamp(minute), 60) - {fromMinute: Int64}, 5) AS step,
    sum(count) AS requests,
    sum(errors) AS failures,
    quantileInterpolatedWeighted(0.5)(bucket, count) AS place50,
    quantileInterpolatedWeighted(0.95)(bucket, count) AS place95
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND ({operation: String} = '' OR operation = {operation: String})
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY version, step
ORDER BY version, step
