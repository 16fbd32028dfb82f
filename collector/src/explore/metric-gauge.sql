-- Grain: step × group. Values of a step: their mean, least and greatest.
-- {points: Value AS value}
SELECT key, step, avg(value) AS mean, min(value) AS least, max(value) AS greatest, count() AS n
FROM points
WHERE step >= 0
GROUP BY key, step
ORDER BY key, step
