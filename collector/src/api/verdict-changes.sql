-- Grain: change of a release's verdict. Key prefix: service, environment, version. The log has a row
-- a look; a look that saw less than an earlier one (late data judged again) comes later all the same.
SELECT
    toUnixTimestamp64Milli(inputs_until) AS atMs,
    verdict,
    sentence
FROM (
    SELECT
        inputs_until,
        verdict,
        sentence,
        lagInFrame(toString(verdict)) OVER (
            ORDER BY judged_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before,
        judged_at
    FROM verdicts
    WHERE service = {service: String}
      AND environment = {environment: String}
      AND version = {version: String}
)
WHERE verdict != before
ORDER BY judged_at
LIMIT 1000
