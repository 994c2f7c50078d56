SELECT
    conversation_hash, conversation_id, contact_id, contact_name, previous_assignee_id, assigned_to_id
FROM conversation_moves
WHERE $matches
  AND conversation_hash IN {hashes:Array(UInt64)}
GROUP BY
    conversation_hash, conversation_id, contact_id, contact_name, occurred_at, sequence,
    event_partition, event_offset, previous_assignee_id, assigned_to_id
HAVING sum(assignments) > 0
ORDER BY conversation_id, occurred_at, sequence, event_partition, event_offset
