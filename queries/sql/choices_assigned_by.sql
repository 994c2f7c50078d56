SELECT actor_id AS id, argMax(actor_name, last_at) AS name, sum(assignments) AS n
FROM filter_actors
WHERE workspace_id = {workspace:String} AND source = 'user' AND actor_id != ''
GROUP BY id
HAVING n > 0 AND (empty({q:String}) OR startsWith(lowerUTF8(id), lowerUTF8({q:String})) OR position($name, $needle) > 0)
ORDER BY lowerUTF8(id) != lowerUTF8({q:String}), n DESC, id
LIMIT {limit:UInt32}
