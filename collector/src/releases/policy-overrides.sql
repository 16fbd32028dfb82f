-- Grain: service ('' for the project) × version of its overrides, newest first. Small.
SELECT
    service,
    version,
    body,
    note,
    written_by                          AS by,
    toUnixTimestamp64Milli(written_at)  AS atMs
FROM policy_overrides
WHERE service IN {services: Array(String)} OR empty({services: Array(String)})
ORDER BY service, version DESC
