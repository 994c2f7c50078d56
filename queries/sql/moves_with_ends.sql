SELECT toString(passing) AS passing, toString(giver) AS giver, toString(taker) AS taker, n
FROM moves_of_days
UNION ALL
SELECT passing, giver, taker, n
FROM moves_of_ends
