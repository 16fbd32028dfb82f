-- Grain: one deployment that was rolled back. Key prefix: service, environment. Small.
SELECT
    service, environment, version,
    toUnixTimestamp64Milli(coalesce(finished_at, started_at)) AS atMs
FROM deployments FINAL
WHERE status = 'rolled_back'
  AND ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
