SELECT
    toString(event_id) AS event_id,
    toUnixTimestamp64Milli(occurred_at) AS occurred_ms,
    conversation_id, contact_id, contact_name, previous_assignee, previous_assignee_kind,
    previous_assignee_id, assigned_to, assigned_to_kind, assigned_to_id, team, source, assigned_by, actor_id, actor_name,
    toUnixTimestamp64Milli(previous_since) AS previous_since_ms,
    place, event_partition, event_offset,
    $sort_key AS sort_key
FROM shown
WHERE NOT {resumed:Bool}
    OR (sort_key, occurred_ms, contact_id, place, event_partition, event_offset) $beyond (
        {sort_key:String}, {occurred_ms:Int64}, {contact_id:String}, {place:Int64},
        {event_partition:UInt32}, {event_offset:UInt64})
ORDER BY
    sort_key $direction, occurred_at $direction, contact_id $direction, place $direction,
    event_partition $direction, event_offset $direction
LIMIT {limit:UInt32}
