-- Without a join: all the time from each start to now, less all the time from each end to now.
SELECT holder_id, team_id, count() AS starts, countIf(NOT lasted) AS ends,
    sumIf({now:Int64} - toUnixTimestamp64Milli(occurred_at), lasted) AS ms
FROM opened
GROUP BY holder_id, team_id
UNION ALL
SELECT holder_id, team_id, 0 AS starts, count() AS ends,
    sum(toUnixTimestamp64Milli(occurred_at) - {now:Int64}) AS ms
FROM closed
GROUP BY holder_id, team_id
