SELECT toUnixTimestamp(occurred_at) AS at, source, empty(assigned_to_id) AS nobody, assignments AS n
FROM history
