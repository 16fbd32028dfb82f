-- What is promised of services, how far it is kept, and when it burned.

-- Grain: objective × revision, appended; the highest revision is the state, the others its history.
-- Key: id. `body` is the definition as JSON.
CREATE TABLE IF NOT EXISTS slos (
    id String,
    revision UInt64,
    deleted Bool,
    body String CODEC(ZSTD(3)),
    changed_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (id, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Requests and bad ones of an objective, counted by a job from operation_minutes: windows of weeks
-- are read in milliseconds. A recount replaces. Read with FINAL.
-- Grain: objective × revision × minute × version. Key prefix: slo_id, revision, minute.
CREATE TABLE IF NOT EXISTS slo_minutes (
    slo_id LowCardinality(String),
    revision UInt64,
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    version LowCardinality(String),
    total UInt64 CODEC(T64, ZSTD(1)),
    bad UInt64 CODEC(T64, ZSTD(1)),
    counted_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(counted_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (slo_id, revision, minute, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- How an objective stands after its last counted minute. Read with FINAL.
-- Grain: objective. `body`: windows, firing rules, budget and releases as JSON.
CREATE TABLE IF NOT EXISTS slo_states (
    slo_id String,
    revision UInt64,
    evaluated_at DateTime64(3, 'UTC'),
    body String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(evaluated_at)
ORDER BY slo_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- When a rule of an objective began to fire and when it ceased. The same event twice is one.
-- Grain: objective × revision × rule × minute × event.
CREATE TABLE IF NOT EXISTS slo_events (
    slo_id LowCardinality(String),
    revision UInt64,
    rule UInt8,
    severity LowCardinality(String),
    event LowCardinality(String),
    minute DateTime('UTC'),
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (slo_id, revision, minute, rule, event)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
