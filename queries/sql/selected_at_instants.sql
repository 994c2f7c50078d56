SELECT *
FROM matching
WHERE occurred_at IN (SELECT occurred_at FROM instants)
