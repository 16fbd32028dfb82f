-- Grain: minute × operation × arm (1 candidate, 0 baseline). Key prefix: service, environment.
-- `operations` names what is compared; what is not among them is '(other)'. A request is slow when
-- its bucket lies above its operation's threshold; an operation without one has no slow requests.
SELECT
    intDiv(toUnixTimestamp(minute), 60)  AS minute_number,
    if(has({operations: Array(String)}, operation), operation, '(other)') AS operation_shown,
    version = {candidate: String}        AS arm,
    sum(count)                           AS requests,
    sum(errors)                          AS failures,
    sumIf(count, bucket > transform(operation_shown, {thresholdOperations: Array(String)}, {buckets50: Array(Int32)}, 32767)) AS slow50,
    sumIf(count, bucket > transform(operation_shown, {thresholdOperations: Array(String)}, {buckets95: Array(Int32)}, 32767)) AS slow95,
    sumIf(count, bucket > transform(operation_shown, {thresholdOperations: Array(String)}, {buckets99: Array(Int32)}, 32767)) AS slow99
FROM operation_minutes
WHERE service = {service: String}
  AND environment = {environment: String}
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
  AND version IN {versions: Array(String)}
GROUP BY minute_number, operation_shown, arm
ORDER BY minute_number, operation_shown, arm
