SELECT contact_id, occurred_at, max(place) AS last
FROM around
WHERE previous_since = occurred_at
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
GROUP BY contact_id, occurred_at
