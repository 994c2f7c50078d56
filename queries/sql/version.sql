WITH ['assignment_log', 'people', 'source_counts'] AS read
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
