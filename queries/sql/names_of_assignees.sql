SELECT assigned_to_id AS id, argMax(assigned_to_name, last_at) AS name
FROM filter_assignees
WHERE workspace_id = {workspace:String} AND assigned_to_id IN {ids:Array(String)}
GROUP BY id
