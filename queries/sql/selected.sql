SELECT *
FROM assignments
WHERE workspace_id = {workspace:String}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR assigned_to_id IN {assigned_to:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR assigned_by_id IN {assigned_by:Array(String)})
  AND (empty({contact:Array(String)}) OR occurred_at IN (SELECT occurred_at FROM contact_moves WHERE workspace_id = {workspace:String} AND contact_id IN {contact:Array(String)}))
  AND (empty({contact:Array(String)}) OR contact_id IN {contact:Array(String)})
  AND (empty({conversation:Array(String)}) OR occurred_at IN (SELECT occurred_at FROM conversation_moves WHERE workspace_id = {workspace:String} AND conversation_hash IN (SELECT sipHash64(arrayJoin({conversation:Array(String)})))))
  AND (empty({conversation:Array(String)}) OR conversation_id IN {conversation:Array(String)})
  AND (empty({previous:Array(String)}) OR previous_assignee_id IN {previous:Array(String)})
  AND (empty({actor:Array(String)}) OR concat(source, ':', actor_id) IN {actor:Array(String)})
  AND (empty({team:Array(String)}) OR team_id IN {team:Array(String)})
  AND (empty({kind:Array(String)}) OR if(assigned_to_id = '', 'unassignment', 'assignment') IN {kind:Array(String)})
  AND (empty({hold:Array(String)}) OR if((contact_id, (occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset)) IN (SELECT contact_id, max((occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset)) FROM assignment_log FINAL WHERE workspace_id = {workspace:String} AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') GROUP BY contact_id), 'running', 'ended') IN {hold:Array(String)})
