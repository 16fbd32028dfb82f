-- Grain: one release: its last judgement.
SELECT
    service,
    environment,
    version,
    argMax(verdict, judged_at)        AS verdict,
    argMax(body, judged_at)           AS body,
    toUnixTimestamp64Milli(max(judged_at)) AS judgedMs
FROM verdicts
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
GROUP BY service, environment, version
