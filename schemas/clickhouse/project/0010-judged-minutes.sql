-- What judgements were made of, as they were made of it: so that each can be made again, to the byte,
-- after late data, repairs and retention.

-- Grain: minute × service × environment × version × generation: entry requests by operation and latency
-- bucket, copied from `operation_minutes` once the minute is closed. What comes late, is repaired or
-- waits for a repair adds a generation; of a minute counts the largest one not above what is asked for.
-- A generation is the time of its writing in Unix milliseconds; one without requests says that the
-- minute is left out. Key prefix: service, environment, version, minute.
-- Reason for one row a minute: a judgement reads every operation of a minute, and lists of what served
-- when read `requests` alone. `ARRAY JOIN operations` gives a row per operation.
-- 32 bits are enough for what one bucket counts in a minute, and halve what is sent to whoever judges.
CREATE TABLE IF NOT EXISTS judged_minutes (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    generation UInt64 CODEC(Delta, ZSTD(1)),
    requests UInt64 CODEC(T64, ZSTD(1)),
    failures UInt64 CODEC(T64, ZSTD(1)),
    `operations.name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `operations.failures` Array(UInt32) CODEC(ZSTD(1)),
    `operations.buckets` Array(Array(Int16)) CODEC(ZSTD(1)),
    `operations.requests` Array(Array(UInt32)) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (service, environment, version, minute, generation)
SETTINGS
    index_granularity = 128,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    old_parts_lifetime = 480,
    min_free_disk_bytes_to_perform_insert = 536870912;

-- Grain: what a judgement knew besides minutes: the service's releases and deployments, those of other
-- services, earlier verdicts. Seldom changes, so it is kept once under the hash of its text.
CREATE TABLE IF NOT EXISTS judge_contexts (
    hash String,
    body String CODEC(ZSTD(3)),
    written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY hash
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Grain: version of a policy: every number it decides by.
CREATE TABLE IF NOT EXISTS policies (
    version String,
    body String CODEC(ZSTD(3)),
    written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

ALTER TABLE verdicts ADD COLUMN IF NOT EXISTS context_hash String;
