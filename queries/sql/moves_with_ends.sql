SELECT toString(passing) AS passing, toString(giver) AS giver, toString(taker) AS taker, number AS n
FROM (SELECT passing, giver, taker, sum(n) AS number FROM moves_of_days GROUP BY passing, giver, taker)
UNION ALL
SELECT toString(passing) AS passing, toString(giver) AS giver, toString(taker) AS taker, n
FROM moves_at_ends
