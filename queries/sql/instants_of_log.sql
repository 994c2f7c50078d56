-- When something happened that matches, be it taken back since or not: found without the other columns.
SELECT toUnixTimestamp64Milli(occurred_at) AS ms
FROM assignment_log
WHERE workspace_id = {workspace:String}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND $matches
ORDER BY occurred_at $direction
LIMIT {limit:UInt32}
