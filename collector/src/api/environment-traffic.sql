-- Grain: environment over a range, entry spans; those seen only in logs or metrics have 0 requests.
SELECT
    environment,
    sum(requests) AS requests
FROM
(
    SELECT environment, sum(count) AS requests
    FROM operation_minutes
    WHERE ({service: String} = '' OR service = {service: String})
      AND kind IN ('server', 'consumer', 'root')
      AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
    GROUP BY environment
    UNION ALL
    SELECT environment, 0 AS requests
    FROM release_sightings
    WHERE {service: String} = '' OR service = {service: String}
    GROUP BY environment
)
GROUP BY environment
ORDER BY requests DESC, environment
