-- Of those with as many assignments it is their numbers that say which are shown.
SELECT conversation_hash, sum(assignments) AS number
FROM conversation_counts
WHERE workspace_id = {workspace:String} AND told = {told:String}
  AND bucket >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
  AND bucket < toDateTime(intDiv({end:Int64}, 1000), 'UTC')
  AND (empty({told_ids:Array(String)}) OR told_id IN {told_ids:Array(String)})
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR assigned_to_id IN {assigned_to:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR if(source = 'user', actor_id, '') IN {assigned_by:Array(String)})
  AND (empty({previous:Array(String)}) OR previous_assignee_id IN {previous:Array(String)})
  AND (empty({actor:Array(String)}) OR concat(source, ':', actor_id) IN {actor:Array(String)})
  AND (empty({team:Array(String)}) OR assigned_to_team_id IN {team:Array(String)})
  AND (empty({kind:Array(String)}) OR if(empty(assigned_to_id), 'unassignment', 'assignment') IN {kind:Array(String)})
GROUP BY conversation_hash
HAVING number > 1
ORDER BY number DESC, conversation_hash
LIMIT {limit:UInt32}
