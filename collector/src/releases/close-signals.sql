-- Writes a generation of every minute of a signal that is not as it was closed last. Signals that are
-- read from raw rows are looked at from `rawFromMinute` on, those with a roll-up from `fromMinute` on.
-- Numbers, by signal:
--   log_errors             records of severity ERROR and above
--   cpu, memory            mean of the minute; strata: instances
--   web_vitals             measurements of LCP, INP and CLS, poor ones; strata: pages
--   crash_free_sessions    sessions that started, crashed ones
--   feedback_negative      items, negative ones
--   feedback_rating        items rated 1, 2, 3, 4, 5
INSERT INTO judged_signals (
    service, environment, version, signal, minute, generation, `strata.name`, `strata.numbers`
)
WITH
    mapKeys(ResourceAttributes) AS resource_keys,
    mapValues(ResourceAttributes) AS resource_vals,
    arrayFirst(value -> value != '', [
        resource_vals[indexOf(resource_keys, 'deployment.environment.name')],
        resource_vals[indexOf(resource_keys, 'deployment.environment')],
        resource_vals[indexOf(resource_keys, 'environment')],
        'production'
    ]) AS resource_environment,
    arrayFirst(value -> value != '', [
        resource_vals[indexOf(resource_keys, 'service.version')],
        resource_vals[indexOf(resource_keys, 'app.version')],
        resource_vals[indexOf(resource_keys, 'vcs.ref.head.revision')]
    ]) AS resource_version,
    arrayFirst(value -> value != '', [
        resource_vals[indexOf(resource_keys, 'service.instance.id')],
        resource_vals[indexOf(resource_keys, 'k8s.pod.uid')],
        resource_vals[indexOf(resource_keys, 'k8s.pod.name')],
        resource_vals[indexOf(resource_keys, 'container.id')],
        resource_vals[indexOf(resource_keys, 'host.id')],
        resource_vals[indexOf(resource_keys, 'host.name')]
    ]) AS resource_instance,
    fromUnixTimestamp({fromMinute: Int64} * 60) AS rolled_from,
    fromUnixTimestamp({rawFromMinute: Int64} * 60) AS raw_from,
    fromUnixTimestamp({untilMinute: Int64} * 60) AS until,
    -- Whole days: of a user's items of a day one counts.
    toStartOfDay(rolled_from, 'UTC') AS day_from,
    fromUnixTimestamp64Nano({rawFromMinute: Int64} * 60000000000) AS raw_from_ns,
    fromUnixTimestamp64Nano({untilMinute: Int64} * 60000000000) AS until_ns,
    fromUnixTimestamp64Nano(toInt64(toUnixTimestamp(day_from)) * 1000000000) AS day_from_ns,
points AS (
    -- Of several metrics that say the same the first one counts (best first).
    SELECT
        ServiceName, resource_environment, resource_version, resource_instance,
        if(has(['process.cpu.utilization', 'container.cpu.usage', 'k8s.pod.cpu.usage', 'system.cpu.utilization'], MetricName), 'cpu', 'memory') AS level,
        toStartOfMinute(toDateTime(TimeUnix, 'UTC')) AS at,
        indexOf([
            'process.cpu.utilization', 'container.cpu.usage', 'k8s.pod.cpu.usage', 'system.cpu.utilization',
            'process.memory.usage', 'container.memory.usage', 'k8s.pod.memory.usage', 'jvm.memory.used', 'v8js.memory.heap.used'
        ], MetricName) AS place,
        cityHash64(Attributes) AS series,
        Value
    FROM (
        SELECT ServiceName, MetricName, ResourceAttributes, Attributes, TimeUnix, Value FROM otel_metrics_gauge
        WHERE bitAnd(Flags, 1) = 0 AND TimeUnix >= raw_from_ns AND TimeUnix < until_ns
        UNION ALL
        SELECT ServiceName, MetricName, ResourceAttributes, Attributes, TimeUnix, Value FROM otel_metrics_sum
        WHERE bitAnd(Flags, 1) = 0 AND NOT IsMonotonic AND TimeUnix >= raw_from_ns AND TimeUnix < until_ns
    )
    WHERE place > 0
)
SELECT service, environment, version, signal, minute, {generation: UInt64}, fresh.1, fresh.2
FROM
(
    SELECT
        service, environment, version, signal, minute,
        anyIf(strata, side = 'source') AS fresh,
        anyIf(strata, side = 'closed') AS closed
    FROM
    (
        SELECT
            'source' AS side, service, environment, version, signal, minute,
            arraySort(groupArray((name, numbers))) AS strata
        FROM
        (
            SELECT
                toString(service) AS service, toString(environment) AS environment, toString(version) AS version,
                'log_errors' AS signal, minute, '' AS name, [toFloat64(sum(count))] AS numbers
            FROM log_minutes
            WHERE severity >= 17 AND minute >= rolled_from AND minute < until
            GROUP BY service, environment, version, minute
            UNION ALL
            SELECT service, environment, version, signal, minute, name, [argMin(mean, place)]
            FROM (
                SELECT
                    toString(ServiceName) AS service, resource_environment AS environment, resource_version AS version,
                    level AS signal, at AS minute, resource_instance AS name, place, sum(mean_of_series) AS mean
                FROM (
                    SELECT ServiceName, resource_environment, resource_version, resource_instance, level, at, place, avg(Value) AS mean_of_series
                    FROM points
                    GROUP BY ServiceName, resource_environment, resource_version, resource_instance, level, at, place, series
                )
                GROUP BY service, environment, version, signal, minute, name, place
            )
            GROUP BY service, environment, version, signal, minute, name
            UNION ALL
            SELECT service, environment, version, 'web_vitals', minute, name, [toFloat64(count()), toFloat64(countIf(poor))]
            FROM (
                SELECT
                    toString(ServiceName) AS service, resource_environment AS environment, resource_version AS version,
                    toStartOfMinute(toDateTime(min(Timestamp), 'UTC')) AS minute,
                    any(if(LogAttributes['url.path'] != '', LogAttributes['url.path'], path(LogAttributes['url.full']))) AS name,
                    lower(LogAttributes['browser.web_vital.name']) AS vital,
                    LogAttributes['browser.web_vital.id'] AS id,
                    argMax(toFloat64OrZero(LogAttributes['browser.web_vital.value']), Timestamp) AS value,
                    multiIf(vital = 'lcp', value > 4000, vital = 'inp', value > 500, value > 0.25) AS poor
                FROM otel_logs
                WHERE EventName = 'browser.web_vital' AND Timestamp >= raw_from_ns AND Timestamp < until_ns
                GROUP BY service, environment, version, vital, id
                HAVING vital IN ('lcp', 'inp', 'cls')
            )
            GROUP BY service, environment, version, minute, name
            UNION ALL
            SELECT
                toString(service), toString(environment), toString(version),
                'crash_free_sessions', minute, '', [toFloat64(sum(sessions)), toFloat64(sum(crashed))]
            FROM session_minutes FINAL
            WHERE mode = 'application' AND minute >= rolled_from AND minute < until
            GROUP BY service, environment, version, minute
            UNION ALL
            SELECT
                toString(service), toString(environment), toString(version),
                said.1, minute, '', said.2
            FROM (
                -- One item per user, release and day.
                SELECT
                    service, environment, version, toStartOfMinute(toDateTime(first_at, 'UTC')) AS minute,
                    arrayJoin(if(sum(rated) > 0,
                        [('feedback_negative', [toFloat64(count()), toFloat64(sum(negative))]),
                         ('feedback_rating', [toFloat64(countIf(stars = 1)), toFloat64(countIf(stars = 2)), toFloat64(countIf(stars = 3)), toFloat64(countIf(stars = 4)), toFloat64(countIf(stars = 5))])],
                        [('feedback_negative', [toFloat64(count()), toFloat64(sum(negative))])])) AS said
                FROM (
                    SELECT
                        service, environment, version, toDate(created_at) AS day,
                        if(user_hash = '', id, user_hash) AS who,
                        min(created_at) AS first_at,
                        argMax(rating, created_at) AS stars,
                        stars > 0 AS rated,
                        argMax(is_negative OR (rating > 0 AND rating <= 2), created_at) AS negative
                    FROM feedback FINAL
                    WHERE NOT is_spam AND created_at >= day_from_ns AND created_at < until_ns
                    GROUP BY service, environment, version, day, who
                )
                GROUP BY service, environment, version, minute
            )
        )
        GROUP BY service, environment, version, signal, minute
        UNION ALL
        SELECT
            'closed', toString(service), toString(environment), toString(version), toString(signal), minute,
            arrayMap((name, numbers) -> (toString(name), numbers), argMax(strata.name, generation), argMax(strata.numbers, generation))
        FROM judged_signals
        WHERE minute < until
          AND minute >= multiIf(
              signal IN ('cpu', 'memory', 'web_vitals'), raw_from,
              signal IN ('feedback_negative', 'feedback_rating'), day_from,
              rolled_from)
        GROUP BY service, environment, version, signal, minute
    )
    GROUP BY service, environment, version, signal, minute
)
WHERE fresh != closed
