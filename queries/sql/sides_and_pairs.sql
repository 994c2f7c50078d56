-- At most `most` of the pairs.
SELECT
    multiIf(grouping(taker) = 1, 'from', grouping(giver) = 1, 'to', 'pair') AS side,
    passing, giver, taker, toInt64(sum(n)) AS number
FROM moves
GROUP BY GROUPING SETS ((passing, giver), (taker), (passing, giver, taker))
LIMIT {most:UInt32} BY side, if(side = 'pair', '', concat(passing, ':', giver, taker))
