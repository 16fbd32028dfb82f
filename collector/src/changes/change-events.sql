-- Grain: change, its last state, newest first.
SELECT
    id, source, source_id AS sourceId, kind, service, environment, name, before, after,
    toUnixTimestamp64Milli(changed_at) AS changedMs,
    url, actor, title,
    toUnixTimestamp64Milli(recorded_at) AS recordedMs
FROM change_events FINAL
WHERE ({service: String} = '' OR service IN ('', {service: String}))
  AND ({environment: String} = '' OR environment IN ('', {environment: String}))
  AND changed_at >= fromUnixTimestamp64Milli({fromMs: Int64})
  AND changed_at < fromUnixTimestamp64Milli({toMs: Int64})
ORDER BY changed_at DESC, id
LIMIT {limit: UInt32}
