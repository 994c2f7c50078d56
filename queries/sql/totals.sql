SELECT
    if(handoff_totals.side = 'taker', 'to', 'from') AS side,
    if(handoff_totals.side = 'actor', concat(source, ':', handoff_totals.id), toString(handoff_totals.id)) AS id,
    sum(if(grain = 'month' OR (starts >= {first_day:Date} AND starts < {after_days:Date}), assignments, -assignments)) AS n
FROM handoff_totals
WHERE workspace_id = {workspace:String} AND handoff_totals.side IN ('taker', {by:String})
  AND (
    (grain = 'month' AND starts >= {first_month:Date} AND starts < {after_months:Date})
    OR (grain = 'day' AND starts >= {left_start:Date} AND starts < {left_end:Date})
    OR (grain = 'day' AND starts >= {right_start:Date} AND starts < {right_end:Date}))
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({kind:Array(String)}) OR 'assignment' IN {kind:Array(String)})
GROUP BY side, id
