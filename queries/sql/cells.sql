SELECT passing, giver, taker, toInt64(sum(n)) AS number
FROM moves
WHERE giver IN {ids:Array(String)}
GROUP BY passing, giver, taker
