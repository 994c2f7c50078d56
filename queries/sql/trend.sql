SELECT edge, sum(n) AS assignments, sumIf(n, nobody) AS unassignments
FROM
(
    SELECT roundDown(at, {edges:Array(Int64)}) AS edge, nobody, sum(n) AS n
    FROM tally
    GROUP BY edge, nobody
)
GROUP BY edge
ORDER BY edge
