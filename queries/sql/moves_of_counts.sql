-- Whole months and days are there added up (the days of a month that are not asked for are taken off
-- it).
SELECT
    source AS passing, from_id AS giver, to_id AS taker,
    if(grain = 'month' OR (starts >= {first_day:Date} AND starts < {after_days:Date}), assignments, -assignments) AS n
FROM handoff_counts
PREWHERE passed_by = {by:String}
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR to_id IN {assigned_to:Array(String)})
  AND (empty({previous:Array(String)}) OR from_id IN {previous:Array(String)})
WHERE workspace_id = {workspace:String}
  AND (
    (grain = 'month' AND starts >= {first_month:Date} AND starts < {after_months:Date})
    OR (grain = 'day' AND starts >= {left_start:Date} AND starts < {left_end:Date})
    OR (grain = 'day' AND starts >= {right_start:Date} AND starts < {right_end:Date}))
  AND (empty({assigned_by:Array(String)}) OR if(source = 'user', from_id, '') IN {assigned_by:Array(String)})
  AND (empty({actor:Array(String)}) OR concat(source, ':', from_id) IN {actor:Array(String)})
