-- Grain: metric name × kind over the last hour of a range. Key prefix: ServiceName, MetricName; only
-- the columns of the key are read of every point.
SELECT
    MetricName AS name,
    kind,
    arraySort(groupUniqArray(50)(ServiceName)) AS services,
    max(seen) AS seenMs
FROM
(
    SELECT 'gauge' AS kind, ServiceName, MetricName, toUnixTimestamp(max(TimeUnix)) * 1000 AS seen
    FROM otel_metrics_gauge
    PREWHERE TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64}) AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
        AND ({service: String} = '' OR ServiceName = {service: String})
    GROUP BY ServiceName, MetricName
    UNION ALL
    SELECT 'sum' AS kind, ServiceName, MetricName, toUnixTimestamp(max(TimeUnix)) * 1000 AS seen
    FROM otel_metrics_sum
    PREWHERE TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64}) AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
        AND ({service: String} = '' OR ServiceName = {service: String})
    GROUP BY ServiceName, MetricName
    UNION ALL
    SELECT 'histogram' AS kind, ServiceName, MetricName, toUnixTimestamp(max(TimeUnix)) * 1000 AS seen
    FROM otel_metrics_histogram
    PREWHERE TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64}) AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
        AND ({service: String} = '' OR ServiceName = {service: String})
    GROUP BY ServiceName, MetricName
    UNION ALL
    SELECT 'exponential_histogram' AS kind, ServiceName, MetricName, toUnixTimestamp(max(TimeUnix)) * 1000 AS seen
    FROM otel_metrics_exponential_histogram
    PREWHERE TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64}) AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
        AND ({service: String} = '' OR ServiceName = {service: String})
    GROUP BY ServiceName, MetricName
    UNION ALL
    SELECT 'summary' AS kind, ServiceName, MetricName, toUnixTimestamp(max(TimeUnix)) * 1000 AS seen
    FROM otel_metrics_summary
    PREWHERE TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64}) AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
        AND ({service: String} = '' OR ServiceName = {service: String})
    GROUP BY ServiceName, MetricName
)
WHERE {text: String} = '' OR positionCaseInsensitiveUTF8(MetricName, {text: String}) > 0
GROUP BY name, kind
ORDER BY name, kind
LIMIT {limit: UInt32}
