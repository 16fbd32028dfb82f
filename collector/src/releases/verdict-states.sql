-- Grain: one release: when and how it was judged last, without what was said. Read whole: small columns.
SELECT
    service, environment, version, verdict,
    toUnixTimestamp64Milli(judged_at) AS judgedMs
FROM latest_verdicts FINAL
