-- A hold lasts from its assignment to the next of the same contact, or up to now. Summed without a
-- join: all the time from each start to now, less all the time from each end to now.
SELECT
    is_nobody, id, argMaxIf(name, named_at, name != '') AS name,
    toInt64(sum(starts)) AS holds,
    toInt64(sum(runs) - sum(ends)) AS running,
    sum(ms) AS held_ms
FROM
(
    SELECT
        holder_id = '' AS is_nobody,
        if({by:String} = 'team' AND holder_id != '', team_id, holder_id) AS id,
        argMax(if({by:String} = 'team' AND holder_id != '', team, holder), occurred_at) AS name,
        max(occurred_at) AS named_at,
        count() AS starts, countIf(lasted) AS runs, 0 AS ends,
        sumIf({now:Int64} - toUnixTimestamp64Milli(occurred_at), lasted) AS ms
    FROM opened
    GROUP BY is_nobody, id
    UNION ALL
    SELECT
        holder_id = '' AS is_nobody,
        if({by:String} = 'team' AND holder_id != '', team_id, holder_id) AS id,
        '' AS name, toDateTime64(0, 3, 'UTC') AS named_at,
        0 AS starts, 0 AS runs, count() AS ends,
        sum(toUnixTimestamp64Milli(occurred_at) - {now:Int64}) AS ms
    FROM closed
    GROUP BY is_nobody, id
)
GROUP BY is_nobody, id
HAVING holds > 0
ORDER BY held_ms DESC, is_nobody, id
LIMIT {limit:UInt32}
