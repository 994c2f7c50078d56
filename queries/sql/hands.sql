SELECT
    conversation_hash, conversation_id, contact_id, contact_name, previous_assignee_id, assigned_to_id
FROM conversation_hands
WHERE workspace_id = {workspace:String}
  AND conversation_hash IN {hashes:Array(UInt64)}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR assigned_to_id IN {assigned_to:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR if(source = 'user', actor_id, '') IN {assigned_by:Array(String)})
  AND (empty({contact:Array(String)}) OR contact_id IN {contact:Array(String)})
  AND (empty({conversation:Array(String)}) OR conversation_id IN {conversation:Array(String)})
  AND (empty({previous:Array(String)}) OR previous_assignee_id IN {previous:Array(String)})
  AND (empty({actor:Array(String)}) OR concat(source, ':', actor_id) IN {actor:Array(String)})
  AND (empty({team:Array(String)}) OR assigned_to_team_id IN {team:Array(String)})
  AND (empty({kind:Array(String)}) OR if(empty(assigned_to_id), 'unassignment', 'assignment') IN {kind:Array(String)})
GROUP BY
    conversation_hash, conversation_id, contact_id, contact_name, occurred_at, sequence,
    event_partition, event_offset, previous_assignee_id, assigned_to_id
HAVING sum(assignments) > 0
ORDER BY conversation_id, occurred_at, sequence, event_partition, event_offset
