SELECT
    if(grouping(receiving) = 1, 'from', 'to') AS side,
    multiIf(side = 'to', receiving, {by:String} = 'actor', concat(passer, ':', giver_id), giver_id) AS id,
    toInt64(sum(number)) AS n
FROM (SELECT passing AS passer, giver AS giver_id, taker AS receiving, n AS number FROM moves)
GROUP BY GROUPING SETS ((passer, giver_id), (receiving))
