-- What is asked about a contact or about a conversation, found by the primary key: the skip indexes of
-- the log (0001) have to be read whole, however few its rows. It also tells where those lie in the log.
CREATE TABLE IF NOT EXISTS history_counts
(
    workspace_id String COMMENT 'Workspace the contact belongs to',
    kind Enum8('contact' = 1, 'conversation' = 2) COMMENT 'What the id is of',
    id String COMMENT 'Contact or conversation' CODEC(ZSTD),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was assigned, in UTC' CODEC(Delta, ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contact: one of the nine sources',
    actor_id LowCardinality(String) COMMENT 'User, workflow, bot, integration, import or ad that acted',
    previous_assignee_id LowCardinality(String) COMMENT 'Who held the contact before; empty: nobody',
    assigned_to_id LowCardinality(String) COMMENT 'Who got it; empty: an unassignment',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet' CODEC(ZSTD)
)
ENGINE = SummingMergeTree(assignments)
ORDER BY (workspace_id, kind, id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id)
PRIMARY KEY (workspace_id, kind, id, occurred_at)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Assignments of each contact and of each conversation';

CREATE MATERIALIZED VIEW IF NOT EXISTS history_counts_mv TO history_counts AS
SELECT
    workspace_id, history.1 AS kind, history.2 AS id, occurred_at, source, actor_id,
    previous_assignee_id, assigned_to_id, sum(toInt64(sign)) AS assignments
FROM
(
    SELECT
        workspace_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id, sign,
        arrayJoin([('contact', contact_id), ('conversation', conversation_id)]) AS history
    FROM assignment_landing
)
GROUP BY
    workspace_id, kind, id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id;

TRUNCATE TABLE history_counts;

INSERT INTO history_counts
SELECT
    workspace_id, history.1, history.2, occurred_at, source, actor_id, previous_assignee_id,
    assigned_to_id, 1
FROM
(
    SELECT
        workspace_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id,
        arrayJoin([('contact', contact_id), ('conversation', conversation_id)]) AS history
    FROM assignment_log FINAL
)
SETTINGS do_not_merge_across_partitions_select_final = 1;
