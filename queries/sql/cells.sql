SELECT
    if({by:String} = 'actor', concat(passing, ':', giver), toString(giver)) AS from_id,
    toString(taker) AS to_id, sum(n) AS handoffs
FROM moves
GROUP BY passing, giver, taker
HAVING handoffs > 0
