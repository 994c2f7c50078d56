-- A hold lasts from its assignment to the next of the same contact, or up to now.
SELECT
    found.is_nobody AS is_nobody, found.id AS id, named.name AS name,
    found.holds AS holds, found.running AS running, found.held_ms AS held_ms
FROM
(
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
) AS found
LEFT ANY JOIN named ON named.id = found.id
ORDER BY held_ms DESC, is_nobody, id
