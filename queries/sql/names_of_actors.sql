SELECT concat(source, ':', actor_id) AS id, argMax(actor_name, last_at) AS name
FROM filter_actors
WHERE workspace_id = {workspace:String} AND source IN {sources:Array(String)} AND actor_id IN {ids:Array(String)}
GROUP BY id
