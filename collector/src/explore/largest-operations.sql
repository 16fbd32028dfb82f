-- Grain: operation over a range, entry spans; those with most requests. Key prefix: service.
SELECT operation
FROM operation_minutes
WHERE service = {service: String}
  AND ({environment: String} = '' OR environment = {environment: String})
  AND ({version: String} = '' OR version = {version: String})
  AND minute >= fromUnixTimestamp64Milli({fromMs: Int64}) AND minute < fromUnixTimestamp64Milli({toMs: Int64})
  AND kind IN ('server', 'consumer', 'root')
GROUP BY operation
ORDER BY sum(count) DESC, operation
LIMIT 300
