-- Grain: release: what its stored judgements cover. Key prefix: service, environment, version.
SELECT
    toUnixTimestamp64Milli(max(inputs_until)) AS lastMs,
    count() AS judgements
FROM verdicts
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
