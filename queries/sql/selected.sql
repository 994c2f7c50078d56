SELECT *, holder, previous_holder
FROM assignment_log FINAL
WHERE workspace_id = {workspace:String}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND $filters
