-- Grain: one deployment event, its last state, newest first.
SELECT
    id, source, source_id AS sourceId, service, environment, version, status,
    stage_strategy AS strategy, stage_weight AS weight,
    toUnixTimestamp64Milli(started_at) AS startedMs,
    toUnixTimestamp64Milli(finished_at) AS finishedMs,
    revision, repository, ref, url, actor, title, notes,
    irreversible_migration AS irreversibleMigration,
    toUnixTimestamp64Milli(recorded_at) AS recordedMs
FROM deployments FINAL
WHERE ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
  AND started_at >= fromUnixTimestamp64Milli({fromMs: Int64}) AND started_at < fromUnixTimestamp64Milli({toMs: Int64})
ORDER BY started_at DESC, id
LIMIT {limit: UInt32}
