-- Counts an objective's requests and bad ones in some minutes: grain minute × version, entry spans.
-- What was counted there before and is gone now becomes 0.
INSERT INTO slo_minutes (slo_id, revision, minute, version, total, bad, counted_at)
SELECT {id: String}, {revision: UInt64}, minute, version, sum(total), sum(bad), now64(3)
FROM
(
    SELECT
        minute,
        version,
        sum(count) AS total,
        if({kind: String} = 'latency', sumIf(count, bucket >= {slowFrom: Int32}), sum(errors)) AS bad
    FROM operation_minutes
    WHERE service = {service: String}
      AND environment = {environment: String}
      AND kind IN ('server', 'consumer', 'root')
      AND (empty({operations: Array(String)}) OR operation IN {operations: Array(String)})
      AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
      AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
    GROUP BY minute, version
    UNION ALL
    SELECT minute, version, 0, 0
    FROM slo_minutes
    WHERE slo_id = {id: String}
      AND revision = {revision: UInt64}
      AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
      AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
)
GROUP BY minute, version
