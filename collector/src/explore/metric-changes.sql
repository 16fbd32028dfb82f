-- Grain: step × group. By how much sums grew. A delta is its own change; of a running total it is the
-- difference to the point before, and the whole value after a reset (it fell, or says it began anew).
-- {points: Value AS value, AggregationTemporality AS temporality}
, changes AS (
    SELECT
        key, step, at, value, temporality, began,
        row_number() OVER in_time AS place,
        lagInFrame(value) OVER in_time AS value_before,
        lagInFrame(began) OVER in_time AS began_before
    FROM points
    WINDOW in_time AS (PARTITION BY series ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
SELECT
    key,
    step,
    sum(multiIf(
        temporality = 1, value,
        -- Nobody knows when the first value came together, unless the series began just before it.
        place = 1, if(dateDiff('millisecond', began, at) <= {freshMs: Int64}, value, 0),
        value < value_before OR began > began_before, value,
        value - value_before)) AS total
FROM changes
WHERE step >= 0
GROUP BY key, step
ORDER BY key, step
