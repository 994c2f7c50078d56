SELECT intDiv(at, 900) * 900 AS bucket, sum(n) AS assignments
FROM tally
GROUP BY bucket
ORDER BY bucket
