SELECT
    occurred_at AS timestamp, conversation_id, contact_id, contact_name, previous_assignee,
    assigned_to, toString(source) AS source, assigned_by,
    toString(event_id) AS event_id, toString(previous_assignee_kind) AS previous_assignee_kind, previous_assignee_id,
    toString(assigned_to_kind) AS assigned_to_kind, assigned_to_id, team_id, team,
    previous_since, assigned_by_id, actor_id, actor_name
FROM shown
WHERE cityHash64(event_id) % {slices:UInt32} = {slice:UInt32}
ORDER BY occurred_at, contact_id, place, event_partition, event_offset
SETTINGS date_time_output_format = 'iso', output_format_arrow_string_as_string = 1,
    output_format_arrow_use_64_bit_indexes_for_dictionary = 0
