-- What is left at either end of the whole days is counted there.
SELECT toString(passing) AS passing, toString(giver) AS giver, toString(taker) AS taker, n
FROM moves_of_days
UNION ALL
SELECT toString(passing) AS passing, giver, taker, n
FROM moves_at_ends
WHERE NOT (at >= toDateTime({first_day:Date}, 'UTC') AND at < toDateTime({after_days:Date}, 'UTC'))
