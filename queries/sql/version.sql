WITH ['assignment_log', 'assignment_counts', 'source_counts', 'contact_moves', 'handoff_pairs', 'holder_pairs', 'handoff_sides', 'hold_origins', 'conversation_counts', 'conversation_moves', 'conversation_totals', 'filter_actors', 'filter_assignees', 'filter_contacts', 'filter_teams'] AS read
SELECT toString(cityHash64(
    (SELECT groupArray((table, partition, newest)) FROM (
        SELECT table, partition, max(max_block_number) AS newest
        FROM system.parts
        WHERE database = currentDatabase() AND active AND (table = 'workspace_settings' OR has(read, table))
        GROUP BY table, partition
        ORDER BY table, partition)),
    (SELECT groupArray(uuid) FROM (
        SELECT uuid
        FROM system.tables
        WHERE database = currentDatabase() AND has(read, name)
        ORDER BY name))
)) AS version
