-- Grain: project × minute whose counts of requests wait for a repair. Few, and none for long.
SELECT DISTINCT
    database,
    toInt64(intDiv(toUnixTimestamp(minute), 60)) AS minuteNumber
FROM dirty_minutes
WHERE source = 'otel_traces'
ORDER BY database, minuteNumber
