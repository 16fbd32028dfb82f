-- Grain: step: the last judgement's evidence on one signal and scope of a release. Key prefix:
-- service, environment, version. NULLs of operation and quantile come as '' and -1.
SELECT
    intDiv(toUnixTimestamp64Milli(inputs_until) - {fromMs: Int64}, {stepMs: Int64}) AS step,
    argMax(estimate, judged_at) AS estimate,
    argMax(low, judged_at) AS low,
    argMax(high, judged_at) AS high
FROM evidence
WHERE service = {service: String}
  AND environment = {environment: String}
  AND version = {version: String}
  AND signal = {signal: String}
  AND ifNull(operation, '') = {operation: String}
  AND ifNull(quantile, -1) = {quantile: Float64}
  AND inputs_until >= fromUnixTimestamp64Milli({fromMs: Int64})
  AND inputs_until < fromUnixTimestamp64Milli({toMs: Int64})
GROUP BY step
ORDER BY step
