INSERT INTO assignment_landing
SELECT
    event_id, workspace_id, contact_id, contact_name, conversation_id, occurred_at, NULL,
    assigned_to_id, assigned_to_name, team_id, team_name,
    before.1, before.2, before.3, before.4, before.5, before.6, before.7, before.8,
    source, actor_id, actor_name, 1, 1, 0, 0
FROM
(
    SELECT *,
        any((assigned_to_id, assigned_to_name, team_id, team_name, toNullable(occurred_at), source, actor_id, team_id)) OVER one_back AS before
    FROM
    (
        SELECT *, any(assigned_to_id) OVER one_back AS holder
        FROM raw_events
        WHERE toUInt64(contact_id) % {shards:UInt32} = {shard:UInt32}
        WINDOW one_back AS (PARTITION BY contact_id ORDER BY occurred_at, event_id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)
    )
    WHERE holder != assigned_to_id
    WINDOW one_back AS (PARTITION BY contact_id ORDER BY occurred_at, event_id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)
)
SETTINGS max_execution_time = 3600, max_insert_block_size = 1000000, min_insert_block_size_rows = 1000000, min_insert_block_size_bytes = 0
