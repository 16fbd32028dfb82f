-- What the store keeps beside the telemetry.

-- Minutes whose roll-ups may differ from a recount of the raw rows: an insert into `source` was cut
-- off, rows were removed, a dead letter was sent again. Written before the act and deleted after the
-- repair, so what lies here is doubtful: analysis skips it. `database` is the project's.
-- Grain: mark. Key prefix: database, source.
CREATE TABLE IF NOT EXISTS dirty_minutes
(
    database   LowCardinality(String),
    source     LowCardinality(String),
    minute     DateTime('UTC'),
    generation UInt64,
    reason     LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (database, source, minute)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What became of batches that ClickHouse would not take. Their bytes lie in the data directory; the
-- row with the highest `revision` is the state, the others are history. Read with FINAL.
-- Grain: dead letter × revision. Key: batch.
CREATE TABLE IF NOT EXISTS dead_letters
(
    batch       UInt64,
    database    LowCardinality(String),
    kind        LowCardinality(String),
    requests    UInt32,
    items       UInt32,
    bytes       UInt64,
    reason      LowCardinality(String),
    code        Int32,
    message     String,
    state       Enum8('dead' = 1, 'replayed' = 2, 'discarded' = 3, 'removed' = 4),
    received_at DateTime64(3, 'UTC'),
    buried_at   DateTime64(3, 'UTC'),
    changed_at  DateTime64(3, 'UTC'),
    revision    UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY batch
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
