-- Grain: version: events of some hashes from a minute on. Key prefix: service, environment.
SELECT
    version,
    sum(events) AS all_events,
    sum(unhandled) AS unhandled_events,
    intDiv(toUnixTimestamp(min(minute)), 60) AS firstMinute
FROM error_minutes FINAL
WHERE service = {service: String}
  AND environment = {environment: String}
  AND primary_hash IN {hashes: Array(String)}
  AND events > 0
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY version
