-- One row: since when minutes are there (0: there are none), and what was closed and told last.
SELECT
    toInt64(intDiv(toUnixTimestamp((
        SELECT min(min_time) FROM system.parts
        WHERE active AND database = currentDatabase() AND table = 'operation_minutes'
    )), 60))                                              AS firstMinute,
    toInt64(intDiv(toUnixTimestamp(max(minute)), 60))     AS lastClosed,
    greatest(max(generation), (SELECT toUInt64(toUnixTimestamp64Milli(max(judged_at))) FROM verdicts)) AS lastMs
FROM judged_minutes
