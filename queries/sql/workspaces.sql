SELECT workspace_id
FROM filter_actors
GROUP BY workspace_id
ORDER BY workspace_id
