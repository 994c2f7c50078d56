SELECT contact_id, occurred_at, previous_since, (ifNull(sequence, -9223372036854775808), event_partition, event_offset) AS place
FROM assignments
WHERE workspace_id = {workspace:String}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND previous_since >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND previous_since < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND (empty({contact:Array(String)}) OR occurred_at IN (SELECT occurred_at FROM history_counts WHERE workspace_id = {workspace:String} AND history_counts.kind = 'contact' AND id IN {contact:Array(String)}))
  AND (empty({contact:Array(String)}) OR contact_id IN {contact:Array(String)})
  AND (empty({conversation:Array(String)}) OR occurred_at IN (SELECT occurred_at FROM history_counts WHERE workspace_id = {workspace:String} AND history_counts.kind = 'contact' AND id IN (SELECT contact_id FROM selected)))
  AND (empty({conversation:Array(String)}) OR contact_id IN (SELECT contact_id FROM selected))
