SELECT side, id, n
FROM sides_of_totals
UNION ALL
SELECT side, id, n
FROM sides_of_moves
