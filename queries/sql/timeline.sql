SELECT
    conversation_id, contact_id, contact_name, assigned_to_id, assigned_to, team, source, actor_name,
    toUnixTimestamp64Milli(occurred_at) AS occurred_ms, toString(event_id) AS event_id
FROM assignments
WHERE workspace_id = {workspace:String} AND contact_id = {contact:String}
ORDER BY occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset
LIMIT {limit:UInt32}
