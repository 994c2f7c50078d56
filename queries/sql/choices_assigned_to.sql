SELECT assigned_to_id AS id, argMax(assigned_to_name, last_at) AS name, sum(assignments) AS n
FROM filter_assignees
WHERE workspace_id = {workspace:String}
GROUP BY id
HAVING n > 0 AND (empty({q:String}) OR startsWith(lowerUTF8(id), lowerUTF8({q:String})) OR position($name, $needle) > 0)
ORDER BY id != '', lowerUTF8(id) != lowerUTF8({q:String}), n DESC, id
LIMIT {limit:UInt32}
