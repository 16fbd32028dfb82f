-- Grain: version × step × latency bucket of one service, entry spans; of one operation, or of all
-- where it is empty. Key prefix: service, environment.
SELECT
    version,
    intDiv(toUnixTimestamp(minute) * 1000 - {fromMs: Int64}, {stepMs: Int64}) AS step,
    bucket,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND ({operation: String} = '' OR operation = {operation: String})
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
GROUP BY version, step, bucket
ORDER BY version, step, bucket
