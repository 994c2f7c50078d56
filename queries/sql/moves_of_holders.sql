-- As `moves_of_counts`, told apart by source or by the user who assigned.
SELECT
    '' AS passing, from_id AS giver, to_id AS taker,
    if(grain = 'month' OR (starts >= {first_day:Date} AND starts < {after_days:Date}), assignments, -assignments) AS n
FROM holder_counts
PREWHERE told = if(empty({assigned_by:Array(String)}), 'source', 'user')
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR user_id IN {assigned_by:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR to_id IN {assigned_to:Array(String)})
  AND (empty({previous:Array(String)}) OR from_id IN {previous:Array(String)})
WHERE workspace_id = {workspace:String}
  AND (
    (grain = 'month' AND starts >= {first_month:Date} AND starts < {after_months:Date})
    OR (grain = 'day' AND starts >= {left_start:Date} AND starts < {left_end:Date})
    OR (grain = 'day' AND starts >= {right_start:Date} AND starts < {right_end:Date}))
