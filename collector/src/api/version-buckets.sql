-- Grain: latency bucket of one version over a range, entry spans. Key prefix: service, environment.
SELECT
    bucket,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
GROUP BY bucket
