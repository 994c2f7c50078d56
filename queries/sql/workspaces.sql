SELECT workspace_id
FROM filter_sources
GROUP BY workspace_id
ORDER BY workspace_id
