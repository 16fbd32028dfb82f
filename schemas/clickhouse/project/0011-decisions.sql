-- What people decided about releases, and what they had been told: the ledger and its calibration.

-- Grain: one decision, or the entry that takes one back (`undoes` names it). Append-only; repeats with
-- the same id are one. Key prefix: service, environment, version. Small by nature: a person made each row.
CREATE TABLE IF NOT EXISTS decisions (
    id String,
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    decided_at DateTime64(3, 'UTC'),
    action LowCardinality(String),
    reason String,
    decided_by String,
    via LowCardinality(String),
    verdict LowCardinality(String),
    severity LowCardinality(String),
    judged_at Nullable(DateTime64(3, 'UTC')),
    undoes String
)
ENGINE = ReplacingMergeTree
ORDER BY (service, environment, version, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Grain: release × verdict that it ever had: since when in the data, and until when. Merged late: min()
-- and max() when reading. Key: all four. `verdicts` has a row a minute, too many to ask what was ever said.
CREATE TABLE IF NOT EXISTS told_verdicts (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    verdict LowCardinality(String),
    first_judged_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_judged_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    first_inputs_until SimpleAggregateFunction(min, DateTime64(3, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (service, environment, version, verdict)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

CREATE MATERIALIZED VIEW IF NOT EXISTS told_verdicts_mv TO told_verdicts AS
SELECT
    service,
    environment,
    version,
    verdict,
    min(judged_at) AS first_judged_at,
    max(judged_at) AS last_judged_at,
    min(inputs_until) AS first_inputs_until
FROM verdicts
GROUP BY service, environment, version, verdict;
