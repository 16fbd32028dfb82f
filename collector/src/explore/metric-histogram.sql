-- Grain: step × group × bounds. What histograms gained, as metric-changes.sql has it for sums.
-- {points: Count AS n, Sum AS total, BucketCounts AS buckets, ExplicitBounds AS bounds, AggregationTemporality AS temporality}
, changes AS (
    SELECT
        key, step, at, n, total, buckets, bounds, temporality, began,
        row_number() OVER in_time AS place,
        lagInFrame(n) OVER in_time AS n_before,
        lagInFrame(total) OVER in_time AS total_before,
        lagInFrame(buckets) OVER in_time AS buckets_before,
        lagInFrame(bounds) OVER in_time AS bounds_before,
        lagInFrame(began) OVER in_time AS began_before
    FROM points
    WINDOW in_time AS (PARTITION BY series ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
),
judged AS (
    SELECT
        key, step, n, total, buckets, bounds, n_before, total_before, buckets_before,
        multiIf(
            temporality = 1, 'whole',
            place = 1, if(dateDiff('millisecond', began, at) <= {freshMs: Int64}, 'whole', 'unknown'),
            n < n_before OR began > began_before OR bounds != bounds_before
                OR length(buckets) != length(buckets_before), 'whole',
            'difference') AS what
    FROM changes
    WHERE step >= 0
)
SELECT
    key,
    step,
    bounds,
    sum(if(what = 'whole', toInt64(n), toInt64(n) - toInt64(n_before))) AS gained,
    sum(if(what = 'whole', total, total - total_before)) AS gained_total,
    sumForEach(if(what = 'whole', arrayMap(b -> toInt64(b), buckets),
        arrayMap((b, before) -> greatest(toInt64(0), toInt64(b) - toInt64(before)), buckets,
            arrayResize(buckets_before, length(buckets))))) AS gained_buckets
FROM judged
WHERE what != 'unknown'
GROUP BY key, step, bounds
ORDER BY key, step
