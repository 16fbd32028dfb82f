-- Uses of an app, and how they ended.

-- Grain: one session; updates merge in any order, and a repeated one changes nothing. Key: session id.
-- `class`, worst wins: 0 ok, 1 exited, 2 errored, 3 unhandled, 4 abnormal, 5 crashed. Service,
-- environment, version, user and mode are those of the lowest (sequence, time): read them with
-- argMinMerge. Merged by day of start, which every update of a session repeats.
CREATE TABLE IF NOT EXISTS sessions (
    session_id String,
    class SimpleAggregateFunction(max, UInt8),
    errors SimpleAggregateFunction(max, UInt64),
    sequence SimpleAggregateFunction(max, UInt64),
    duration_ms SimpleAggregateFunction(max, UInt64),
    has_init SimpleAggregateFunction(max, UInt8),
    started SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    updated SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    service AggregateFunction(argMin, String, Tuple(UInt64, DateTime64(3, 'UTC'))),
    environment AggregateFunction(argMin, String, Tuple(UInt64, DateTime64(3, 'UTC'))),
    version AggregateFunction(argMin, String, Tuple(UInt64, DateTime64(3, 'UTC'))),
    user_hash AggregateFunction(argMin, String, Tuple(UInt64, DateTime64(3, 'UTC'))),
    mode AggregateFunction(argMin, String, Tuple(UInt64, DateTime64(3, 'UTC'))),
    started_day Date,
    INDEX ix_started started TYPE minmax
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(started_day)
ORDER BY (started_day, session_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Grain: minute of start × service × environment × version × mode, the last count of it: a job counts
-- the merged sessions again when some changed; no view feeds it, since updates replace each other. The
-- five classes add up to `sessions`. Mode: `application`, or `request` of a server. Key prefix: service,
-- environment, version, minute. Read with FINAL.
CREATE TABLE IF NOT EXISTS session_minutes (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    mode LowCardinality(String),
    sessions UInt64 CODEC(T64, ZSTD(1)),
    healthy UInt64 CODEC(T64, ZSTD(1)),
    errored UInt64 CODEC(T64, ZSTD(1)),
    unhandled UInt64 CODEC(T64, ZSTD(1)),
    abnormal UInt64 CODEC(T64, ZSTD(1)),
    crashed UInt64 CODEC(T64, ZSTD(1)),
    counted_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(counted_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (service, environment, version, minute, mode)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
