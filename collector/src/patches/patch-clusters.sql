-- Grain: one row: operations that events of some hashes came from, and how they come in clusters of one
-- user (or trace) and minute: the sum of their sizes and of their squares.
SELECT
    groupUniqArrayArray(100)(operations) AS operations_seen,
    sum(size) AS all_events,
    sum(size * size) AS squares
FROM
(
    SELECT
        groupUniqArrayIf(10)(operation, operation != '') AS operations,
        count() AS size
    FROM error_events FINAL
    WHERE service = {service: String}
      AND environment = {environment: String}
      AND primary_hash IN {hashes: Array(String)}
      AND duplicate_of = ''
      AND occurred_day >= toDate(fromUnixTimestamp({fromMinute: Int64} * 60))
      AND intDiv(toUnixTimestamp64Milli(occurred_at), 60000) >= {fromMinute: Int64}
      AND intDiv(toUnixTimestamp64Milli(occurred_at), 60000) < {untilMinute: Int64}
    GROUP BY
        multiIf(user_hash != '', user_hash, trace_id != '', trace_id, identity),
        toStartOfMinute(occurred_at)
)
