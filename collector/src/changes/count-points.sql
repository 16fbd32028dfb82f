-- Counts five-minute points of every service and of its five largest operations: entry spans.
INSERT INTO health_points
    (service, environment, operation, at, requests, failures, p50, p95, time_ns, counted_at)
SELECT
    service,
    environment,
    arrayJoin([operation, '']) AS scope,
    toStartOfFiveMinutes(minute) AS at,
    sum(count) AS requests,
    sum(errors),
    quantileInterpolatedWeighted(0.5)(bucket, count),
    quantileInterpolatedWeighted(0.95)(bucket, count),
    sum(if(bucket = -1000, 0, count * exp2((bucket + 0.5) / 8))),
    now64(3)
FROM operation_minutes
WHERE kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY service, environment, scope, at
ORDER BY service, environment, at, scope != '', requests DESC
LIMIT 6 BY service, environment, at
