SELECT source, sum(n) AS assignments, sumIf(n, assigned_to_id = '') AS unassignments
FROM tally
GROUP BY source
HAVING assignments != 0
