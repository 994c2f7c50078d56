-- Hand-offs before and after the whole days, by who or what acted.
SELECT source AS passing, actor_id AS giver, assigned_to_id AS taker, assignments AS n
FROM assignment_counts
PREWHERE assigned_to_id != ''
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR assigned_to_id IN {assigned_to:Array(String)})
WHERE workspace_id = {workspace:String}
  AND bucket >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
  AND bucket < toDateTime(intDiv({end:Int64}, 1000), 'UTC')
  AND NOT (bucket >= toDateTime({first_day:Date}, 'UTC') AND bucket < toDateTime({after_days:Date}, 'UTC'))
  AND (empty({assigned_by:Array(String)}) OR if(source = 'user', actor_id, '') IN {assigned_by:Array(String)})
  AND (empty({actor:Array(String)}) OR concat(source, ':', actor_id) IN {actor:Array(String)})
