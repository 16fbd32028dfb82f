-- Grain: service × environment × version over a range, entry spans. Key prefix: service.
SELECT
    service,
    environment,
    version,
    sum(count)  AS requests,
    sum(errors) AS failures,
    -- Middle of the bucket that holds the quantile, in nanoseconds: buckets are 9 % wide.
    if(requests = 0, NULL, if(quantileExactWeighted(0.95)(bucket, count) = -1000, 0,
        pow(2, (quantileExactWeighted(0.95)(bucket, count) + 0.5) / 8))) AS p95Ns
FROM operation_minutes
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
GROUP BY service, environment, version
