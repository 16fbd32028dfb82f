-- Grain: shift that is still there, newest first.
SELECT
    service, environment, signal, operation, step_minutes AS stepMinutes,
    toUnixTimestamp(first_at) * 1000 AS firstMs,
    toUnixTimestamp(at) * 1000 AS atMs,
    toUnixTimestamp(from_at) * 1000 AS fromMs,
    toUnixTimestamp(until_at) * 1000 AS untilMs,
    before, after, p_value AS pValue, label, suspects
FROM shifts FINAL
WHERE state = 'open'
  AND ({service: String} = '' OR service = {service: String})
  AND ({environment: String} = '' OR environment = {environment: String})
  AND at >= fromUnixTimestamp(intDiv({fromMs: Int64}, 1000))
  AND at < fromUnixTimestamp(intDiv({toMs: Int64}, 1000))
ORDER BY at DESC, service, signal, operation
LIMIT 1000
