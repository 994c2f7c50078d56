-- Hand-offs by who held the contact before, told apart by source and by the user who assigned:
-- `handoff_counts` (0006) has them without either.
CREATE TABLE IF NOT EXISTS holder_counts
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    told Enum8('source' = 1, 'user' = 2) COMMENT 'What they are told apart by: the source, or the user who assigned',
    grain Enum8('day' = 1, 'month' = 2) COMMENT 'What is counted together',
    starts Date COMMENT 'First day of that, in UTC',
    source LowCardinality(String) COMMENT 'What moved the contacts: one of the nine sources; of users always user',
    user_id LowCardinality(String) COMMENT 'User who assigned; by source: empty',
    from_id LowCardinality(String) COMMENT 'Who held them before; empty: nobody',
    to_id LowCardinality(String) COMMENT 'Who got them',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
PARTITION BY toYYYYMM(starts)
ORDER BY (workspace_id, told, grain, starts, source, user_id, from_id, to_id)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Hand-offs per UTC day and per UTC month by holder, for each source and each assigning user';

CREATE MATERIALIZED VIEW IF NOT EXISTS holder_counts_mv TO holder_counts AS
SELECT
    workspace_id, move.1 AS told, move.2 AS grain, move.3 AS starts, source, move.4 AS user_id,
    previous_assignee_id AS from_id, assigned_to_id AS to_id, sum(toInt64(sign)) AS assignments
FROM
(
    SELECT
        workspace_id, source, previous_assignee_id, assigned_to_id, sign,
        arrayJoin(arrayFilter(move -> move.1 = 'source' OR source = 'user', [
            ('source', 'day', toDate(occurred_at), ''),
            ('source', 'month', toStartOfMonth(occurred_at), ''),
            ('user', 'day', toDate(occurred_at), actor_id),
            ('user', 'month', toStartOfMonth(occurred_at), actor_id)])) AS move
    FROM assignment_landing
    WHERE assigned_to_id != ''
)
GROUP BY workspace_id, told, grain, starts, source, user_id, from_id, to_id;

TRUNCATE TABLE holder_counts;

INSERT INTO holder_counts
SELECT
    workspace_id, move.1, move.2, move.3, source, move.4, previous_assignee_id, assigned_to_id, 1
FROM
(
    SELECT
        workspace_id, source, previous_assignee_id, assigned_to_id,
        arrayJoin(arrayFilter(move -> move.1 = 'source' OR source = 'user', [
            ('source', 'day', toDate(occurred_at), ''),
            ('source', 'month', toStartOfMonth(occurred_at), ''),
            ('user', 'day', toDate(occurred_at), actor_id),
            ('user', 'month', toStartOfMonth(occurred_at), actor_id)])) AS move
    FROM assignment_log FINAL
    WHERE assigned_to_id != ''
)
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0;
