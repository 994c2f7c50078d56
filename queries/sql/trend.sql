SELECT
    roundDown(at, {edges:Array(UInt32)}) AS edge,
    sum(n) AS assignments,
    sumIf(n, assigned_to_id = '') AS unassignments
FROM tally
GROUP BY edge
ORDER BY edge
