-- Grain: the judgement of a release that was valid at a time, with what it was made of. Key prefix:
-- service, environment, version.
SELECT
    judged.body                              AS body,
    toUnixTimestamp64Milli(judged.judged_at) AS judgedMs,
    judged.code_version                      AS codeVersion,
    contexts.body                            AS context,
    known.body                               AS policy
FROM
(
    SELECT body, judged_at, code_version, policy_version, context_hash
    FROM verdicts
    WHERE service = {service: String}
      AND environment = {environment: String}
      AND version = {version: String}
      AND inputs_until <= fromUnixTimestamp64Milli({atMs: Int64})
    ORDER BY inputs_until DESC, judged_at DESC
    LIMIT 1
) AS judged
LEFT ANY JOIN judge_contexts AS contexts ON contexts.hash = judged.context_hash
LEFT ANY JOIN policies AS known ON known.version = judged.policy_version
