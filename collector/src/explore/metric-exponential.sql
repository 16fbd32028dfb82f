-- Grain: point of a series, in time. Scales and offsets differ from point to point, so the differences
-- are made by exponential-histogram.ts.
-- {points: Count AS n, Sum AS total, Scale AS scale, ZeroCount AS zeros, PositiveOffset AS offset, PositiveBucketCounts AS buckets, arraySum(NegativeBucketCounts) AS negatives, AggregationTemporality AS temporality}
SELECT
    key, step, toString(series) AS series_shown, toUnixTimestamp64Milli(began) AS beganMs,
    toUnixTimestamp64Milli(at) AS atMs,
    n, total, scale, zeros, offset, buckets, negatives, temporality
FROM points
ORDER BY series, at
LIMIT {pointsMax: UInt32}
