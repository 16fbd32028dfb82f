-- Grain: minute of an objective, all versions, ascending. Key prefix: slo_id, revision, minute.
SELECT intDiv(toUnixTimestamp(minute), 60) AS minute_number, sum(total) AS requests, sum(bad) AS bad_requests
FROM slo_minutes FINAL
WHERE slo_id = {id: String}
  AND revision = {revision: UInt64}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY minute_number
HAVING requests > 0
ORDER BY minute_number
