-- Grain: beginning or end of a firing, in order, of the objectives of a service (or of one objective).
SELECT
    slo_id AS id, revision, rule, event,
    intDiv(toUnixTimestamp(minute), 60) AS minute_number
FROM slo_events FINAL
WHERE slo_id IN {ids: Array(String)}
ORDER BY minute_number, id, rule, event
