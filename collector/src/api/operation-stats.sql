-- Grain: version × operation × kind over one window per version, entry spans; largest 300 operations.
SELECT
    version,
    operation,
    toString(kind) AS kind_shown,
    sum(count)  AS requests,
    sum(errors) AS failures,
    if(requests = 0, NULL, if(quantileExactWeighted(0.95)(bucket, count) = -1000, 0,
        pow(2, (quantileExactWeighted(0.95)(bucket, count) + 0.5) / 8))) AS p95Ns
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND ((version = {candidate: String}
        AND minute >= fromUnixTimestamp64Milli({candidateFromMs: Int64}) AND minute < fromUnixTimestamp64Milli({candidateToMs: Int64}))
    OR (version = {baseline: String}
        AND minute >= fromUnixTimestamp64Milli({baselineFromMs: Int64}) AND minute < fromUnixTimestamp64Milli({baselineToMs: Int64})))
GROUP BY version, operation, kind
ORDER BY sum(count) DESC, operation
LIMIT 600
