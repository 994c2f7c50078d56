SELECT
    conversation_id, contact_id, contact_name,
    previous_assignee_id, previous_assignee, assigned_to_id, assigned_to,
    toUnixTimestamp64Milli(occurred_at) AS occurred_ms
FROM selected
ORDER BY conversation_id, occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset
