-- What fixes claim: that errors of some hashes are gone from a release on.

-- Grain: claim × revision, appended; the highest revision is the state. Key: id.
CREATE TABLE IF NOT EXISTS patches (
    id String,
    revision UInt64,
    deleted Bool,
    service String,
    title String,
    hashes Array(String),
    fixed_in String,
    changed_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (id, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
