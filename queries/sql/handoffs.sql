SELECT from_id, to_id, sum(n) AS handoffs
FROM (
    SELECT
        if({by:String} = 'actor', concat(passing, ':', giver), toString(giver)) AS from_id,
        toString(taker) AS to_id, n
    FROM moves)
GROUP BY from_id, to_id
HAVING handoffs > 0
ORDER BY handoffs DESC, from_id, to_id
LIMIT {limit:UInt32}
