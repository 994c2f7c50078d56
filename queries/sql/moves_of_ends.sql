-- What is left at either end of the whole days.
SELECT toString(passing) AS passing, giver, taker, n
FROM moves_at_ends
WHERE NOT (at >= toDateTime({first_day:Date}, 'UTC') AND at < toDateTime({after_days:Date}, 'UTC'))
