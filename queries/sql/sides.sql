SELECT
    if(grouping(taker) = 1, 'from', 'to') AS side, passing, giver, taker, toInt64(sum(n)) AS number
FROM moves
GROUP BY GROUPING SETS ((passing, giver), (taker))
