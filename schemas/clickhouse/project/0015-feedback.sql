-- Grain: one feedback item as it was sent, with what was found in it. A repeat replaces itself. Key: id.
-- Read with FINAL. `rating` 0: none. `sentiment` from −1 to 1; `analysed_by` names what found it.
CREATE TABLE IF NOT EXISTS feedback (
    id String,
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    created_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    message String CODEC(ZSTD(3)),
    rating UInt8,
    category LowCardinality(String),
    language LowCardinality(String),
    sentiment Float32,
    is_negative Bool,
    intent LowCardinality(String),
    topics Array(LowCardinality(String)),
    is_spam Bool,
    user_hash String,
    session_id String,
    trace_id String,
    issue_id String,
    url String CODEC(ZSTD(1)),
    tags Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    analysed_by LowCardinality(String),
    _batch UInt64 DEFAULT 0 CODEC(T64, ZSTD(1)),
    INDEX ix_created created_at TYPE minmax,
    INDEX ix_batch _batch TYPE minmax
)
ENGINE = ReplacingMergeTree(received_at)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
