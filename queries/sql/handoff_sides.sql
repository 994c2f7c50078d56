-- Who passed most on, who got most, and how many there are in all.
SELECT
    multiIf(grouping(taker) = 0, 'to', grouping(giver) = 0, 'from', 'all') AS side,
    passing, giver, taker, count() AS number
FROM moves
GROUP BY GROUPING SETS ((passing, giver), (taker), ())
ORDER BY side, number DESC, passing, giver, taker
LIMIT {size:UInt32} BY side
