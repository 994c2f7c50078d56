SELECT kind AS id, '' AS name, sum(assignments) AS n
FROM people
WHERE workspace_id = {workspace:String} AND role = 'actor'
GROUP BY id
HAVING n > 0
