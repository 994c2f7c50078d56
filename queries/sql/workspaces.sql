SELECT workspace_id
FROM people
WHERE role = 'actor'
GROUP BY workspace_id
ORDER BY workspace_id
