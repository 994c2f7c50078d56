-- The columns are those of the view `assignments`, which has them for all rows that a filter has to
-- look at; here they are worked out for those that match.
SELECT
    toString(event_id) AS event_id,
    toUnixTimestamp64Milli(occurred_at) AS occurred_ms,
    conversation_id, contact_id, contact_name,
    multiIf(previous_assignee_id = '', '-', previous_assignee_name = '', previous_assignee_id, previous_assignee_name) AS previous_assignee,
    previous_assignee_id,
    multiIf(assigned_to_id = '', '-', assigned_to_name = '', assigned_to_id, assigned_to_name) AS assigned_to,
    assigned_to_id, assigned_to_team_name AS team, source,
    multiIf(source != 'user', '', actor_name = '', actor_id, actor_name) AS assigned_by,
    actor_id, actor_name,
    toUnixTimestamp64Milli(previous_since) AS previous_since_ms,
    ifNull(sequence, -9223372036854775808) AS place,
    event_partition, event_offset,
    $sort_key AS sort_key
FROM assignment_log FINAL
WHERE $matches
  AND $at
  AND (NOT {resumed:Bool}
    OR (sort_key, occurred_ms, contact_id, place, event_partition, event_offset) $beyond (
        {sort_key:String}, {occurred_ms:Int64}, {contact_id:String}, {place:Int64},
        {event_partition:UInt32}, {event_offset:UInt64}))
ORDER BY
    sort_key $direction, occurred_at $direction, contact_id $direction, place $direction,
    event_partition $direction, event_offset $direction
LIMIT {limit:UInt32}
