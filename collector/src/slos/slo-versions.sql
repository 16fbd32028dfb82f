-- Grain: version of an objective over some minutes. Key prefix: slo_id, revision, minute.
SELECT version, sum(total) AS requests, sum(bad) AS bad_requests
FROM slo_minutes FINAL
WHERE slo_id = {id: String}
  AND revision = {revision: UInt64}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY version
HAVING requests > 0
ORDER BY version
