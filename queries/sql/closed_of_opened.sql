SELECT occurred_at, previous_assignee_id AS holder_id, previous_team_id AS team_id
FROM around
WHERE previous_since >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND previous_since < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND occurred_at > previous_since
  AND (contact_id, assumeNotNull(previous_since)) IN (SELECT contact_id, occurred_at FROM opened WHERE lasted)
