-- As `moves_of_pairs`, told apart by source or by the user who assigned.
SELECT
    '' AS passing, from_id AS giver, to_id AS taker,
    if(period IN {taken_off:Array(UInt32)}, -assignments, assignments) AS n
FROM holder_pairs
WHERE workspace_id = {workspace:String} AND period IN {periods:Array(UInt32)}
  AND told IN ('each', if(empty({assigned_by:Array(String)}), 'source', 'user'))
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)})
  AND (empty({assigned_by:Array(String)}) OR user_id IN {assigned_by:Array(String)})
  AND (empty({assigned_to:Array(String)}) OR to_id IN {assigned_to:Array(String)})
  AND (empty({previous:Array(String)}) OR from_id IN {previous:Array(String)})
