-- Grain: minute × generation of one version, oldest first. Key prefix: service, environment, version,
-- minute, generation. Every generation up to the one asked for: of a minute the last one counts.
SELECT
    toUInt32(intDiv(toUnixTimestamp(minute), 60)),
    operations.name,
    operations.failures,
    operations.buckets,
    operations.requests
FROM judged_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
  AND generation <= {asOf: UInt64}
ORDER BY minute, generation
