-- Of one contact, or of several.
SELECT *
FROM contact_moves
WHERE workspace_id = {workspace:String}
  AND contact_id IN {contact:Array(String)}
  AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
  AND occurred_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR assigned_to_id IN {assigned_to:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR if(source = 'user', actor_id, '') IN {assigned_by:Array(String)})
  AND (empty({previous:Array(String)}) OR previous_assignee_id IN {previous:Array(String)})
  AND (empty({actor:Array(String)}) OR concat(source, ':', actor_id) IN {actor:Array(String)})
  AND (empty({kind:Array(String)}) OR if(empty(assigned_to_id), 'unassignment', 'assignment') IN {kind:Array(String)})
