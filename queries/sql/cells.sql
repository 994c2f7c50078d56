SELECT
    if({by:String} = 'actor', concat(passing, ':', giver), toString(giver)) AS from_id,
    toString(taker) AS to_id, toInt64(sum(n)) AS handoffs
FROM moves
GROUP BY passing, giver, taker
