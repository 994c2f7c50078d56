SELECT toUnixTimestamp(bucket) AS at, source, empty(assigned_to_id) AS nobody, assignments AS n
FROM assignment_counts
WHERE workspace_id = {workspace:String}
  AND bucket >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
  AND bucket < toDateTime(intDiv({end:Int64}, 1000), 'UTC')
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR assigned_to_id IN {assigned_to:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR (source = 'user' AND actor_id IN {assigned_by:Array(String)}) OR (source != 'user' AND has({assigned_by:Array(String)}, '')))
  AND (empty({actor:Array(String)}) OR concat(source, ':', actor_id) IN {actor:Array(String)})
  AND (empty({kind:Array(String)}) OR if(empty(assigned_to_id), 'unassignment', 'assignment') IN {kind:Array(String)})
