-- Grain: one release × state that it ever had. Key prefix: service, environment. Small.
SELECT
    service, environment, version, verdict,
    toUnixTimestamp64Milli(min(first_judged_at))    AS firstJudgedMs,
    toUnixTimestamp64Milli(min(first_inputs_until)) AS firstInputsUntilMs
FROM told_verdicts
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
GROUP BY service, environment, version, verdict
