-- Grain: service × environment × minute that was closed and now has other counts, or that has counts
-- and was not closed. Empty `services`: all. Both sides are sums by version and minute.
SELECT
    service,
    environment,
    intDiv(toUnixTimestamp(minute), 60) AS minuteNumber
FROM
(
    SELECT service, environment, version, minute, sum(count) AS counted, sum(errors) AS failed
    FROM operation_minutes
    WHERE kind IN ('server', 'consumer', 'root')
      AND minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
      AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
      AND intDiv(toUnixTimestamp(minute), 60) NOT IN {dirtyMinutes: Array(Int64)}
      AND (empty({services: Array(String)}) OR service IN {services: Array(String)})
    GROUP BY service, environment, version, minute
    UNION ALL
    SELECT
        service, environment, version, minute,
        argMax(requests, generation) AS counted,
        argMax(failures, generation) AS failed
    FROM judged_minutes
    WHERE minute >= fromUnixTimestamp({fromMinute: Int64} * 60)
      AND minute < fromUnixTimestamp({untilMinute: Int64} * 60)
      AND (empty({services: Array(String)}) OR service IN {services: Array(String)})
    GROUP BY service, environment, version, minute
)
GROUP BY service, environment, version, minute
HAVING if(count() = 1, max(counted) > 0, min(counted) != max(counted) OR min(failed) != max(failed))
ORDER BY service, environment, minute
