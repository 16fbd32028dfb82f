-- Errors that happened, from any source, and the issues they belong to.

-- Grain: one occurrence; a repeat replaces itself, by its identity: the event id of a Sentry event, else
-- a hash of what tells occurrences in telemetry apart. Key prefix: service, day, identity. Read with FINAL.
-- `duplicate_of`: the identity of the same occurrence from another source, which alone is counted.
CREATE TABLE IF NOT EXISTS error_events (
    identity String,
    source Enum8('otlp' = 1, 'sentry' = 2),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    occurred_day Date,
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    level LowCardinality(String),
    handled Bool,
    platform LowCardinality(String),
    type String CODEC(ZSTD(1)),
    value String CODEC(ZSTD(1)),
    title String CODEC(ZSTD(1)),
    culprit String CODEC(ZSTD(1)),
    operation LowCardinality(String),
    primary_hash String,
    hashes Array(String) CODEC(ZSTD(1)),
    trace_id String,
    span_id String,
    session_id String,
    user_hash String,
    instance String,
    tags Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    -- Exceptions with their frames, breadcrumbs, contexts, as JSON.
    body String CODEC(ZSTD(3)),
    processing_errors Array(String) CODEC(ZSTD(1)),
    duplicate_of String,
    _batch UInt64 DEFAULT 0 CODEC(T64, ZSTD(1)),
    INDEX ix_hash primary_hash TYPE bloom_filter(0.01),
    INDEX ix_trace_id trace_id TYPE bloom_filter(0.001),
    INDEX ix_batch _batch TYPE minmax
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(occurred_day)
ORDER BY (service, occurred_day, identity)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Grain: minute × primary hash × service × environment × version, the last count of it: a job counts the
-- events again, with FINAL and without duplicates. Key prefix: service, environment, version, minute.
-- Read with FINAL; users of several minutes with uniqMerge.
CREATE TABLE IF NOT EXISTS error_minutes (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    primary_hash String,
    events UInt64 CODEC(T64, ZSTD(1)),
    unhandled UInt64 CODEC(T64, ZSTD(1)),
    users AggregateFunction(uniq, String),
    counted_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(counted_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (service, environment, version, minute, primary_hash)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Grain: a hash bound to an issue; the last row of a hash counts. Append-only, and joined when reading:
-- merging, splitting and late source maps rewrite nothing. Key prefix: service, hash.
CREATE TABLE IF NOT EXISTS issue_hashes (
    service LowCardinality(String),
    hash String,
    issue_id String,
    bound_at DateTime64(3, 'UTC') DEFAULT now64(3),
    bound_by String,
    reason LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (service, hash, bound_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
