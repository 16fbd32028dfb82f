-- Grain: step × group. Quantiles as the senders computed them: their mean over the step.
-- {points: ValueAtQuantiles.Quantile AS quantiles, ValueAtQuantiles.Value AS quantile_values}
SELECT
    key,
    step,
    avg(quantile_values[indexOf(quantiles, {quantile: Float64})]) AS mean
FROM points
WHERE step >= 0 AND has(quantiles, {quantile: Float64})
GROUP BY key, step
ORDER BY key, step
