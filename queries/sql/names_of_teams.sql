SELECT team_id AS id, argMax(team_name, last_at) AS name
FROM filter_teams
WHERE workspace_id = {workspace:String} AND team_id IN {ids:Array(String)}
GROUP BY id
