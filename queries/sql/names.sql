SELECT kind, id, argMax(people.name, last_at) AS name
FROM people
WHERE workspace_id = {workspace:String} AND role = {role:String}
  AND kind IN {kinds:Array(String)} AND id IN {ids:Array(String)}
GROUP BY kind, id
