-- Held up to now: the ends of what has ended, and now for each that has not, less the begins.
SELECT
    empty(holder_id) AS is_nobody,
    toString(if({by:String} = 'team' AND NOT is_nobody, team_id, holder_id)) AS id,
    sum(begun) AS holds, holds - sum(ended) AS running,
    sum(ms) + running * ({now:Int64} - {start:Int64}) AS held_ms
FROM held
GROUP BY is_nobody, id
HAVING holds > 0
ORDER BY held_ms DESC, is_nobody, id
LIMIT {limit:UInt32}
