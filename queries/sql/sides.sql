-- How many each passed on and got; with whoever passed on, who got them, if there are at most `most`
-- moves.
SELECT
    if(grouping(taker) = 1, 'from', 'to') AS side, passing, giver, taker, toInt64(sum(n)) AS number,
    side = 'from' AND sum(count()) OVER () <= 2 * {most:UInt32} AS told,
    if(told, groupArray({most:UInt32})(taker), []) AS takers,
    if(told, groupArray({most:UInt32})(n), []) AS numbers
FROM moves
GROUP BY GROUPING SETS ((passing, giver), (taker))
