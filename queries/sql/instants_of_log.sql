-- When something happened that matches, be it taken back since or not: found without the other columns.
SELECT toUnixTimestamp64Milli(occurred_at) AS ms
FROM assignment_log
WHERE $matches
ORDER BY occurred_at $direction
LIMIT {limit:UInt32}
