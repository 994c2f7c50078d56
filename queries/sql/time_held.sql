SELECT
    empty(holder_id) AS is_nobody,
    toString(if({by:String} = 'team' AND NOT is_nobody, team_id, holder_id)) AS id,
    toInt64(sum(starts)) AS holds, toInt64(sum(starts) - sum(ends)) AS running,
    toInt64(sum(ms)) AS held_ms
FROM held
GROUP BY is_nobody, id
HAVING holds > 0
ORDER BY held_ms DESC, is_nobody, id
LIMIT {limit:UInt32}
