-- What releases are judged by besides requests.

-- Grain: minute × service × environment × version × severity number, summed when parts merge; so sum()
-- when reading. Key prefix: service, environment, version, minute.
CREATE TABLE IF NOT EXISTS log_minutes (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    severity UInt8,
    count UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree(count)
PARTITION BY toYYYYMM(minute)
ORDER BY (service, environment, version, minute, severity)
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    old_parts_lifetime = 480,
    min_free_disk_bytes_to_perform_insert = 536870912;

-- Environment and version as for spans: of each name the resource's value, then the record's; looked up
-- as in operation_minutes_mv, for the same reason.
CREATE MATERIALIZED VIEW IF NOT EXISTS log_minutes_mv TO log_minutes AS
WITH
    mapKeys(LogAttributes) AS keys,
    mapValues(LogAttributes) AS vals,
    mapKeys(ResourceAttributes) AS resource_keys,
    mapValues(ResourceAttributes) AS resource_vals
SELECT
    ServiceName AS service,
    arrayFirst(value -> value != '', [
        resource_vals[indexOf(resource_keys, 'deployment.environment.name')],
        vals[indexOf(keys, 'deployment.environment.name')],
        resource_vals[indexOf(resource_keys, 'deployment.environment')],
        vals[indexOf(keys, 'deployment.environment')],
        resource_vals[indexOf(resource_keys, 'environment')],
        vals[indexOf(keys, 'environment')],
        'production'
    ]) AS environment,
    arrayFirst(value -> value != '', [
        resource_vals[indexOf(resource_keys, 'service.version')],
        vals[indexOf(keys, 'service.version')],
        resource_vals[indexOf(resource_keys, 'app.version')],
        vals[indexOf(keys, 'app.version')],
        resource_vals[indexOf(resource_keys, 'vcs.ref.head.revision')],
        vals[indexOf(keys, 'vcs.ref.head.revision')]
    ]) AS version,
    toStartOfMinute(toDateTime(Timestamp, 'UTC')) AS minute,
    SeverityNumber AS severity,
    count() AS count
FROM otel_logs
GROUP BY service, environment, version, minute, severity;

-- Which releases were seen in logs is read from their roll-up, as for traces: a record's attributes are
-- looked up once. To the minute.
DROP VIEW IF EXISTS release_sightings_logs_mv;

CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_logs_mv TO release_sightings AS
SELECT
    service,
    environment,
    version,
    min(toDateTime64(minute, 3, 'UTC')) AS first_seen,
    max(toDateTime64(minute, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival
FROM log_minutes
GROUP BY service, environment, version;

-- Grain: minute × service × environment × version × signal × generation: what a judgement used of a
-- signal, as `judged_minutes` for requests. A row holds every stratum of the minute (an instance, a
-- page, or '' for a signal without any) with its numbers; what they are says close-signals.sql. Of a
-- minute the largest generation counts; one without strata says that there is nothing any more.
-- Key prefix: service, environment, version, signal, minute.
CREATE TABLE IF NOT EXISTS judged_signals (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    signal LowCardinality(String),
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    generation UInt64 CODEC(Delta, ZSTD(1)),
    `strata.name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `strata.numbers` Array(Array(Float64)) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (service, environment, version, signal, minute, generation)
SETTINGS
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    old_parts_lifetime = 480,
    min_free_disk_bytes_to_perform_insert = 536870912;
