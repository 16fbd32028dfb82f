-- How far points are counted: one row, zeros where there are none.
SELECT
    intDiv(toUnixTimestamp(min(at)), 60) AS firstMinute,
    intDiv(toUnixTimestamp(max(at)), 60) AS lastMinute
FROM health_points
