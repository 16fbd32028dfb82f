-- Grain: step × group. A sum that goes up and down: the last value of each series, added up.
-- {points: Value AS value}
SELECT key, step, sum(last) AS total
FROM
(
    SELECT key, step, series, argMax(value, at) AS last
    FROM points
    WHERE step >= 0
    GROUP BY key, step, series
)
GROUP BY key, step
ORDER BY key, step
