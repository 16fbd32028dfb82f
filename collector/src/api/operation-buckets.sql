-- Grain: arm × operation × kind × latency bucket, entry spans; arm 1 is the candidate. The largest 300
-- operations of both together. Key prefix: service, environment, version, minute.
SELECT
    version = {candidate: String}
        AND minute >= fromUnixTimestamp64Milli({candidateFromMs: Int64})
        AND minute < fromUnixTimestamp64Milli({candidateToMs: Int64}) AS arm,
    operation,
    toString(kind) AS kind_shown,
    bucket,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND ((version = {candidate: String}
        AND minute >= fromUnixTimestamp64Milli({candidateFromMs: Int64}) AND minute < fromUnixTimestamp64Milli({candidateToMs: Int64}))
    OR (version = {baseline: String}
        AND minute >= fromUnixTimestamp64Milli({baselineFromMs: Int64}) AND minute < fromUnixTimestamp64Milli({baselineToMs: Int64})))
  AND (operation, kind) IN (
    SELECT operation, kind
    FROM operation_minutes
    WHERE service = {service: String}
      AND environment = {environment: String}
      AND kind IN ('server', 'consumer', 'root')
      AND ((version = {candidate: String}
            AND minute >= fromUnixTimestamp64Milli({candidateFromMs: Int64}) AND minute < fromUnixTimestamp64Milli({candidateToMs: Int64}))
        OR (version = {baseline: String}
            AND minute >= fromUnixTimestamp64Milli({baselineFromMs: Int64}) AND minute < fromUnixTimestamp64Milli({baselineToMs: Int64})))
    GROUP BY operation, kind
    ORDER BY sum(count) DESC, operation
    LIMIT 300)
GROUP BY arm, operation, kind, bucket
