SELECT toUnixTimestamp64Milli(occurred_at) AS ms
FROM history
ORDER BY occurred_at $direction
LIMIT {limit:UInt32}
