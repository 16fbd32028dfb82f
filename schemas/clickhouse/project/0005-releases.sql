-- Which releases were seen where, and what was registered about them.

-- Grain: service × environment × version, merged late: min() and max() when reading. Key: all three.
-- Small by nature, so that 'which releases are there' never scans telemetry. `last_arrival` and
-- `last_late` are the database's clock at insert. Late is what came for a minute that may have been
-- judged before, so whoever judges looks again; `late_count` tells that more of it came, and is no count
-- of anything else, since a repair of a roll-up is late, too.
CREATE TABLE IF NOT EXISTS release_sightings (
    service LowCardinality(String),
    environment LowCardinality(String),
    version LowCardinality(String),
    first_seen SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_seen SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    last_arrival SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    last_late SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    late_count SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (service, environment, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Traces come by way of their roll-up: a few hundred rows instead of each span. To the minute. A minute
-- is judged 30 s after its end; an insert takes up to 10 s from here to where readers see it.
CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_traces_mv TO release_sightings AS
SELECT
    service,
    environment,
    version,
    min(toDateTime64(minute, 3, 'UTC')) AS first_seen,
    max(toDateTime64(minute, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival,
    maxIf(now64(3), minute <= now() - 80) AS last_late,
    sumIf(count, minute <= now() - 80) AS late_count
FROM operation_minutes
GROUP BY service, environment, version;

-- Of the other signals each table tells by itself. Environment and version as for spans: of each name
-- the resource's value, then the item's; looked up as in operation_minutes_mv, for the same reason.
CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_logs_mv TO release_sightings AS
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
    min(toDateTime64(Timestamp, 3, 'UTC')) AS first_seen,
    max(toDateTime64(Timestamp, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival
FROM otel_logs
GROUP BY service, environment, version;

CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_gauge_mv TO release_sightings AS
WITH
    mapKeys(Attributes) AS keys,
    mapValues(Attributes) AS vals,
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
    min(toDateTime64(TimeUnix, 3, 'UTC')) AS first_seen,
    max(toDateTime64(TimeUnix, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival
FROM otel_metrics_gauge
GROUP BY service, environment, version;

CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_sum_mv TO release_sightings AS
WITH
    mapKeys(Attributes) AS keys,
    mapValues(Attributes) AS vals,
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
    min(toDateTime64(TimeUnix, 3, 'UTC')) AS first_seen,
    max(toDateTime64(TimeUnix, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival
FROM otel_metrics_sum
GROUP BY service, environment, version;

CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_histogram_mv TO release_sightings AS
WITH
    mapKeys(Attributes) AS keys,
    mapValues(Attributes) AS vals,
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
    min(toDateTime64(TimeUnix, 3, 'UTC')) AS first_seen,
    max(toDateTime64(TimeUnix, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival
FROM otel_metrics_histogram
GROUP BY service, environment, version;

CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_exponential_histogram_mv TO release_sightings AS
WITH
    mapKeys(Attributes) AS keys,
    mapValues(Attributes) AS vals,
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
    min(toDateTime64(TimeUnix, 3, 'UTC')) AS first_seen,
    max(toDateTime64(TimeUnix, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival
FROM otel_metrics_exponential_histogram
GROUP BY service, environment, version;

CREATE MATERIALIZED VIEW IF NOT EXISTS release_sightings_summary_mv TO release_sightings AS
WITH
    mapKeys(Attributes) AS keys,
    mapValues(Attributes) AS vals,
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
    min(toDateTime64(TimeUnix, 3, 'UTC')) AS first_seen,
    max(toDateTime64(TimeUnix, 3, 'UTC')) AS last_seen,
    now64(3) AS last_arrival
FROM otel_metrics_summary
GROUP BY service, environment, version;

-- Grain: one deployment event × its states; the newest `recorded_at` of (source, source_id) counts, so
-- a repeat changes nothing. Read with FINAL. Fields as in the API's Deployment.
CREATE TABLE IF NOT EXISTS deployments (
    source LowCardinality(String),
    source_id String,
    id String,
    service LowCardinality(String),
    environment LowCardinality(String),
    version String,
    status LowCardinality(String),
    stage_strategy LowCardinality(String),
    stage_weight Nullable(Float64),
    started_at DateTime64(3, 'UTC'),
    finished_at Nullable(DateTime64(3, 'UTC')),
    revision String,
    repository String,
    ref String,
    url String,
    actor String,
    title String,
    notes String,
    irreversible_migration Bool,
    recorded_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (source, source_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;
