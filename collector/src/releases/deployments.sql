-- Grain: one deployment event, its last state.
SELECT
    id,
    service,
    environment,
    version,
    status,
    toUnixTimestamp64Milli(started_at) AS startedMs,
    irreversible_migration             AS irreversibleMigration
FROM deployments FINAL
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
ORDER BY startedMs, id
