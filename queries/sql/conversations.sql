SELECT conversation_id, count() AS assignments
FROM assignment_log FINAL
WHERE workspace_id = {workspace:String}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND $at
  AND $matches
GROUP BY conversation_id
HAVING assignments > 1
ORDER BY assignments DESC, conversation_id
LIMIT {limit:UInt32}
