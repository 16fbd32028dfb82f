-- Rows of one version as they lie in the table, a few parts' worth more than there are when merged:
-- whether to read them at all. Key prefix: service, environment, version, minute.
SELECT count() AS rows_stored
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
