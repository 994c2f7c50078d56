SELECT toUnixTimestamp(occurred_at) AS at, source, empty(assigned_to_id) AS nobody, 1 AS n
FROM selected
