SELECT passing, giver, taker, count() AS handoffs
FROM moves
GROUP BY passing, giver, taker
ORDER BY handoffs DESC, passing, giver, taker
LIMIT {limit:UInt32}
