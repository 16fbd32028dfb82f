-- What people changed of the policy, appended: the last row of a service counts, earlier ones are its
-- history. Grain: service × version, which counts up from 1. `service` '' is the whole project.
-- `body`: overrides as JSON, `{}` for none.
CREATE TABLE IF NOT EXISTS policy_overrides (
    service String,
    version UInt64,
    body String CODEC(ZSTD(3)),
    note String,
    written_by String,
    written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (service, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
