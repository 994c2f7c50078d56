SELECT contact_id, occurred_at, previous_since, (ifNull(sequence, -9223372036854775808), event_partition, event_offset) AS place
FROM assignments
WHERE workspace_id = {workspace:String}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND previous_since >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND previous_since < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
