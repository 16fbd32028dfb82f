-- Grain: one release: its last judgement. Key prefix: service, environment.
SELECT
    service,
    environment,
    version,
    verdict,
    body,
    toUnixTimestamp64Milli(judged_at) AS judgedMs
FROM latest_verdicts FINAL
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
