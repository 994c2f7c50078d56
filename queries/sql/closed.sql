SELECT occurred_at, previous_assignee_id AS holder_id, previous_team_id AS team_id
FROM around
WHERE previous_since >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND previous_since < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND occurred_at > previous_since
  AND (empty({assigned_to:Array(String)}) OR previous_assignee_id IN {assigned_to:Array(String)})
