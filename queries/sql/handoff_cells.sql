SELECT passing, giver, taker, count() AS number
FROM moves
WHERE (passing, giver) IN {givers:Array(Tuple(String, String))} AND taker IN {takers:Array(String)}
GROUP BY passing, giver, taker
