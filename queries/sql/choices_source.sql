SELECT source AS id, '' AS name, sum(assignments) AS n
FROM filter_actors
WHERE workspace_id = {workspace:String}
GROUP BY id
HAVING n > 0
