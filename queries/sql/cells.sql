SELECT
    if({by:String} = 'actor', concat(passing, ':', giver), giver) AS from_id, taker AS to_id,
    sum(n) AS handoffs
FROM moves
GROUP BY passing, giver, taker
HAVING handoffs > 0
