-- Writes a generation of closed minutes, as operation_minutes has them now. Where `minutes` names
-- some, of those alone: what was there before and is not now gets a row without requests, and so do
-- minutes that wait for a repair.
INSERT INTO judged_minutes (
    service, environment, version, minute, generation, requests, failures,
    `operations.name`, `operations.failures`, `operations.buckets`, `operations.requests`
)
WITH arraySort(groupArrayIf(
    (operation, toUInt32(operation_failures), by_bucket), operation_requests > 0
)) AS sorted
SELECT
    service,
    environment,
    version,
    minute,
    {generation: UInt64},
    sum(operation_requests),
    sum(operation_failures),
    sorted.1,
    sorted.2,
    arrayMap(buckets -> buckets.1, sorted.3),
    arrayMap(buckets -> buckets.2, sorted.3)
FROM
(
    SELECT
        service,
        environment,
        version,
        minute,
        operation,
        sum(bucket_requests) AS operation_requests,
        sum(bucket_failures) AS operation_failures,
        arraySort(groupArray((bucket, toUInt32(bucket_requests)))) AS by_bucket
    FROM
    (
        SELECT
            service, environment, version, minute, operation, bucket,
            sum(count) AS bucket_requests,
            sum(errors) AS bucket_failures
        FROM operation_minutes
        WHERE kind IN ('server', 'consumer', 'root')
          AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
          AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
          AND (empty({minutes: Array(Int64)}) OR intDiv(toUnixTimestamp(minute), 60) IN {minutes: Array(Int64)})
          AND intDiv(toUnixTimestamp(minute), 60) NOT IN {dirtyMinutes: Array(Int64)}
          AND ({environment: String} = '' OR (service = {service: String} AND environment = {environment: String}))
        GROUP BY service, environment, version, minute, operation, bucket
        UNION ALL
        SELECT service, environment, version, minute, '', 0, 0, 0
        FROM judged_minutes
        WHERE notEmpty({minutes: Array(Int64)})
          AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
          AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
          AND intDiv(toUnixTimestamp(minute), 60) IN {minutes: Array(Int64)}
          AND ({environment: String} = '' OR (service = {service: String} AND environment = {environment: String}))
        GROUP BY service, environment, version, minute
    )
    GROUP BY service, environment, version, minute, operation
)
GROUP BY service, environment, version, minute
