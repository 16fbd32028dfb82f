-- Grain: one login of a browser × revision. Only the hash of the cookie's secret is kept.
CREATE TABLE IF NOT EXISTS login_sessions
(
    secret_hash String,
    created_at  DateTime64(3, 'UTC'),
    expires_at  DateTime64(3, 'UTC'),
    ended       Bool,
    revision    UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY secret_hash
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
