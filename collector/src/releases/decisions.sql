-- Grain: one decision, with when it was taken back, oldest first. Key prefix: service, environment. Small.
SELECT
    id, service, environment, version, action, reason, decided_by AS by, via, verdict, severity,
    toUnixTimestamp64Milli(decided_at) AS decidedMs,
    toUnixTimestamp64Milli(judged_at)  AS judgedMs,
    if(undone.ms = 0, NULL, undone.ms) AS undoneMs
FROM (SELECT * FROM decisions FINAL WHERE undoes = '') AS made
LEFT JOIN
(
    SELECT undoes AS undone_id, toUnixTimestamp64Milli(min(decided_at)) AS ms
    FROM decisions FINAL
    WHERE undoes != ''
    GROUP BY undoes
) AS undone ON undone.undone_id = made.id
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
ORDER BY decidedMs, id
