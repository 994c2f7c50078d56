SELECT toString(cityHash64(
    (SELECT groupArray((table, partition, newest)) FROM (
        SELECT table, partition, max(max_block_number) AS newest
        FROM system.parts
        WHERE database = currentDatabase() AND active
          AND table IN ('assignment_log', 'assignment_counts', 'handoff_counts', 'hold_sums', 'workspace_settings')
        GROUP BY table, partition
        ORDER BY table, partition)),
    (SELECT groupArray(uuid) FROM (
        SELECT uuid
        FROM system.tables
        WHERE database = currentDatabase() AND name IN ('assignment_log', 'assignment_counts', 'handoff_counts', 'hold_sums')
        ORDER BY name))
)) AS version
