-- Grain: latency bucket of one version over a range, entry spans; of one operation, or of all where
-- it is empty. Key prefix: service, environment, version, minute.
SELECT bucket, sum(count) AS count
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
  AND ({operation: String} = '' OR operation = {operation: String})
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
GROUP BY bucket
ORDER BY bucket
