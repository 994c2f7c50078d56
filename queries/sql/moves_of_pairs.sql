-- The days of a month that are not asked for are taken off it.
SELECT
    source AS passing, from_id AS giver, to_id AS taker,
    if(period IN {taken_off:Array(UInt32)}, -assignments, assignments) AS n
FROM handoff_pairs
PREWHERE passed_by = {by:String}
  AND (empty({assigned_to:Array(String)}) OR to_id IN {assigned_to:Array(String)})
WHERE workspace_id = {workspace:String} AND period IN {periods:Array(UInt32)}
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({previous:Array(String)}) OR from_id IN {previous:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR (source = 'user' AND from_id IN {assigned_by:Array(String)}) OR (source != 'user' AND has({assigned_by:Array(String)}, '')))
  AND (empty({actor:Array(String)}) OR concat(source, ':', from_id) IN {actor:Array(String)})
