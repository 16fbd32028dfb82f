-- Grain: operation × step of a service, ascending. Key prefix: service, environment. Quantiles of a
-- longer step are the means of its points', by requests.
SELECT
    operation,
    intDiv(intDiv(toUnixTimestamp(at), 60) - {fromMinute: Int64}, {stepMinutes: Int64}) AS step,
    sum(requests) AS requests_in_all,
    sum(failures) AS failures_in_all,
    sumIf(p50 * requests, p50 > -999) / sumIf(requests, p50 > -999) AS place50,
    sumIf(p95 * requests, p95 > -999) / sumIf(requests, p95 > -999) AS place95,
    sum(time_ns) AS time_in_all
FROM health_points FINAL
WHERE service = {service: String}
  AND environment = {environment: String}
  AND ({whole: Bool} = false OR operation = '')
  AND at >= fromUnixTimestamp({fromMinute: Int64} * 60)
  AND at < fromUnixTimestamp({untilMinute: Int64} * 60)
GROUP BY operation, step
HAVING requests_in_all > 0
ORDER BY operation, step
