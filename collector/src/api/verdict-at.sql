-- Grain: the judgement of a release that was valid at a time: the last one published of those that
-- saw no later minute. Key prefix: service, environment, version.
SELECT
    body,
    toUnixTimestamp64Milli(judged_at) AS judgedMs
FROM verdicts
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
  AND inputs_until <= fromUnixTimestamp64Milli({atMs: Int64})
ORDER BY inputs_until DESC, judged_at DESC
LIMIT 1
