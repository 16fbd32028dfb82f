-- Grain: step of an objective's period, all versions. Key prefix: slo_id, revision, minute.
SELECT
    intDiv(intDiv(toUnixTimestamp(minute), 60) - {fromMinute: Int64}, {stepMinutes: Int64}) AS step,
    sum(total) AS requests,
    sum(bad)   AS bad_requests
FROM slo_minutes FINAL
WHERE slo_id = {id: String}
  AND revision = {revision: UInt64}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY step
ORDER BY step
