-- Control plane: projects and who may write to them.
-- State tables are append-only logs: the row with the highest `revision` of a key is the state, the
-- others are its history. Read them with FINAL. Fsynced: what a person set survives a power cut.

-- Grain: one project × revision. Key prefix: number.
CREATE TABLE IF NOT EXISTS projects
(
    number     UInt32,
    slug       String,
    name       String,
    created_at DateTime64(3, 'UTC'),
    deleted    Bool,
    revision   UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Grain: one ingest key × revision. Kept readable: admins can show a key again, as a DSN is.
CREATE TABLE IF NOT EXISTS keys
(
    key            String,
    key_id         UInt32,
    project_number UInt32,
    label          String,
    created_at     DateTime64(3, 'UTC'),
    revoked        Bool,
    revision       UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY key
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
