-- Grain: one row. What a sample of a metric's points says about it; no row where it has none.
SELECT
    anyLast(MetricUnit) AS unit,
    anyLast(MetricDescription) AS description,
    arraySort(groupUniqArrayArray(30)(mapKeys(Attributes))) AS attributes
FROM
(
    SELECT MetricUnit, MetricDescription, Attributes
    FROM {table: Identifier}
    WHERE MetricName = {name: String}
      AND ({service: String} = '' OR ServiceName = {service: String})
      AND TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64}) AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
    LIMIT 2000
)
HAVING count() > 0
