SELECT assigned_to_id AS holder_id, team_id, toInt64(count()) AS starts, starts AS ends, toInt64(0) AS ms
FROM selected
GROUP BY holder_id, team_id
UNION ALL
SELECT
    holder_id, team_id, toInt64(0) AS starts, -toInt64(countIf(until_ms = 0)) AS ends,
    sum(if(until_ms = 0, {now:Int64}, until_ms) - began_ms) AS ms
FROM lasting
GROUP BY holder_id, team_id
