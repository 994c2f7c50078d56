SELECT toUnixTimestamp(occurred_at) AS at, source, assigned_to_id, 1 AS n
FROM selected
