SELECT
    if(handoff_totals.side = 'taker', 'to', 'from') AS side,
    if(handoff_totals.side = 'actor', toString(source), '') AS passing, id AS giver, id AS taker,
    sum(if(grain = 'month' OR (starts >= {first_day:Date} AND starts < {after_days:Date}), assignments, -assignments)) AS number
FROM handoff_totals
PREWHERE handoff_totals.side IN ('taker', {by:String})
WHERE workspace_id = {workspace:String}
  AND (
    (grain = 'month' AND starts >= {first_month:Date} AND starts < {after_months:Date})
    OR (grain = 'day' AND starts >= {left_start:Date} AND starts < {left_end:Date})
    OR (grain = 'day' AND starts >= {right_start:Date} AND starts < {right_end:Date}))
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
GROUP BY side, passing, id
