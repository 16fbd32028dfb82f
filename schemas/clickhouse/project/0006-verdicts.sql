-- What analysis found and what it advised, appended at each judgement: earlier ones stay as they were.

-- Grain: release × judgement × signal × scope. Key prefix: service, environment, version.
CREATE TABLE IF NOT EXISTS evidence (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    judged_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    inputs_until DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    signal LowCardinality(String),
    operation Nullable(String),
    quantile Nullable(Float64),
    unit LowCardinality(String),
    candidate_value Nullable(Float64),
    candidate_n Float64,
    baseline_value Nullable(Float64),
    baseline_n Float64,
    estimate Nullable(Float64),
    low Nullable(Float64),
    high Nullable(Float64),
    confidence Float64,
    minimum_effect Float64,
    log_e Float64,
    weighted_log_e Float64,
    conclusion LowCardinality(String),
    policy_version LowCardinality(String),
    code_version LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(judged_at)
ORDER BY (service, environment, version, judged_at, signal)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Grain: release × judgement. Key prefix: service, environment, version. `body` is the whole judgement.
CREATE TABLE IF NOT EXISTS verdicts (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    judged_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    inputs_until DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    verdict LowCardinality(String),
    severity LowCardinality(String),
    action LowCardinality(String),
    sentence String,
    eta_minutes Nullable(Float64),
    baseline_version String,
    baseline_kind LowCardinality(String),
    policy_version LowCardinality(String),
    code_version LowCardinality(String),
    body String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(judged_at)
ORDER BY (service, environment, version, judged_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Grain: release: its last judgement. Key: service, environment, version. Read with FINAL. The log
-- above has a row a minute with kilobytes in it: lists must not read all of them for the last one.
CREATE TABLE IF NOT EXISTS latest_verdicts (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    judged_at DateTime64(3, 'UTC'),
    verdict LowCardinality(String),
    body String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(judged_at)
ORDER BY (service, environment, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

CREATE MATERIALIZED VIEW IF NOT EXISTS latest_verdicts_mv TO latest_verdicts AS
SELECT service, environment, version, judged_at, verdict, body
FROM verdicts;
