SELECT source, sum(n) AS assignments, sumIf(n, nobody) AS unassignments
FROM
(
    SELECT source, nobody, sum(n) AS n
    FROM tally
    GROUP BY source, nobody
)
GROUP BY source
HAVING assignments != 0
