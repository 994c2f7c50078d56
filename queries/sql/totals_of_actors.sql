-- How many each passed on and got, as `sides` has them.
SELECT
    if(handoff_sides.side = 'taker', 'to', 'from') AS side,
    if(handoff_sides.side = 'actor', toString(source), '') AS passing, id AS giver, id AS taker,
    sum(if(period IN {taken_off:Array(UInt32)}, -assignments, assignments)) AS number
FROM handoff_sides
WHERE workspace_id = {workspace:String} AND handoff_sides.side IN ('taker', 'actor')
  AND period IN {periods:Array(UInt32)}
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
GROUP BY handoff_sides.side, passing, id
