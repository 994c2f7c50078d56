SELECT
    conversation_id, contact_id, contact_name,
    previous_assignee_id,
    multiIf(previous_assignee_id = '', '-', previous_assignee_name = '', previous_assignee_id, previous_assignee_name) AS previous_assignee,
    assigned_to_id,
    multiIf(assigned_to_id = '', '-', assigned_to_name = '', assigned_to_id, assigned_to_name) AS assigned_to
FROM assignment_log FINAL
WHERE workspace_id = {workspace:String}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND $at
  AND $matches
ORDER BY conversation_id, occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset
