-- Grain: one release: what was said of it last. Key: service, environment, version.
SELECT body
FROM latest_verdicts FINAL
WHERE service = {service: String} AND environment = {environment: String} AND version = {version: String}
