-- Grain: service × environment × version × slice of a range, entry spans. Key prefix: service.
SELECT
    service,
    environment,
    version,
    intDiv(toUnixTimestamp(minute) * 1000 - {fromMs: Int64}, {sliceMs: Int64}) AS slice,
    sum(count)  AS requests,
    sum(errors) AS failures
FROM operation_minutes
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
  AND kind IN ('server', 'consumer', 'root')
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
GROUP BY service, environment, version, slice
