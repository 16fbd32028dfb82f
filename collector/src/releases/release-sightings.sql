-- Grain: one release of a service in an environment, seen in any signal kind. Small: read whole.
SELECT
    service,
    environment,
    version,
    toUnixTimestamp64Milli(min(first_seen))   AS firstSeenMs,
    toUnixTimestamp64Milli(max(last_seen))    AS lastSeenMs,
    toUnixTimestamp64Milli(max(last_late))    AS lastLateMs,
    sum(late_count)                           AS lateCount
FROM release_sightings
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
GROUP BY service, environment, version
ORDER BY service, environment, firstSeenMs, version
