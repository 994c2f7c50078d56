SELECT contact_id, max((occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset))
FROM assignment_log FINAL
WHERE workspace_id = {workspace:String} AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
GROUP BY contact_id
