SELECT
    conversation_id, contact_id, contact_name,
    previous_assignee_id,
    multiIf(previous_assignee_id = '', '-', previous_assignee_name = '', previous_assignee_id, previous_assignee_name) AS previous_assignee,
    assigned_to_id,
    multiIf(assigned_to_id = '', '-', assigned_to_name = '', assigned_to_id, assigned_to_name) AS assigned_to
FROM assignment_log FINAL
WHERE $matches
  AND $at
ORDER BY conversation_id, occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset
