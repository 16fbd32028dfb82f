-- What changed beside releases, how services did over time, and when they came to a new level.

-- Grain: one change × its states; the newest `recorded_at` of (source, source_id) counts. Read with FINAL.
-- `service` '' is shared by all services, `environment` '' by all environments.
CREATE TABLE IF NOT EXISTS change_events (
    source LowCardinality(String),
    source_id String,
    id String,
    kind LowCardinality(String),
    service LowCardinality(String),
    environment LowCardinality(String),
    name String,
    before String,
    after String,
    changed_at DateTime64(3, 'UTC'),
    url String,
    actor String,
    title String,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (source, source_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Five minutes of a service, or of one of its largest operations, counted by a job from
-- operation_minutes; a recount replaces. Read with FINAL. `operation` '' is the whole service.
-- `p50`, `p95`: places among the latency buckets, with fractions. `time_ns`: durations in all.
-- Grain: service × environment × operation × five minutes. Key in this order.
CREATE TABLE IF NOT EXISTS health_points (
    service LowCardinality(String),
    environment LowCardinality(String),
    operation LowCardinality(String),
    at DateTime('UTC') CODEC(Delta, ZSTD(1)),
    requests UInt64 CODEC(T64, ZSTD(1)),
    failures UInt64 CODEC(T64, ZSTD(1)),
    p50 Float32 CODEC(ZSTD(1)),
    p95 Float32 CODEC(ZSTD(1)),
    time_ns Float64 CODEC(ZSTD(1)),
    counted_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(counted_at)
PARTITION BY toYYYYMM(at)
ORDER BY (service, environment, operation, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Changes of level. `first_at` is when it was found to have happened at first and stays its name; what
-- later points tell of it replaces. Read with FINAL. `suspects` as JSON, the most suspect first.
-- Grain: environment × service × signal × operation × length of a step × first_at.
CREATE TABLE IF NOT EXISTS shifts (
    service LowCardinality(String),
    environment LowCardinality(String),
    signal LowCardinality(String),
    operation String,
    step_minutes UInt16,
    first_at DateTime('UTC'),
    at DateTime('UTC'),
    from_at DateTime('UTC'),
    until_at DateTime('UTC'),
    before Float64,
    after Float64,
    p_value Float64,
    label LowCardinality(String),
    state LowCardinality(String),
    suspects String CODEC(ZSTD(3)),
    found_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(found_at)
ORDER BY (environment, service, signal, operation, step_minutes, first_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
