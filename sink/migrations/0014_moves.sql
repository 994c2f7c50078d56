-- What a conversation went through, and what a contact did, found in one place of the disk: a question
-- is about some dozens out of millions, and with a file for each column most of its time went to seek.
CREATE TABLE IF NOT EXISTS conversation_moves
(
    workspace_id String COMMENT 'Workspace the contact belongs to',
    conversation_hash UInt64 COMMENT 'sipHash64 of conversation_id',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When the contact was assigned, in UTC',
    sequence Int64 COMMENT 'Order within one contact where times are equal; the lowest: none',
    event_partition UInt32 COMMENT 'Where the event lies in assignment-events: partition',
    event_offset UInt64 COMMENT 'Where the event lies in assignment-events: offset',
    previous_assignee_id LowCardinality(String) COMMENT 'Who held the contact before; empty: nobody',
    conversation_id String COMMENT 'Conversation',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'As it was at the time of the event',
    source LowCardinality(String) COMMENT 'What moved the contact: one of the nine sources',
    actor_id LowCardinality(String) COMMENT 'User, workflow, bot, integration, import or ad that acted',
    assigned_to_id LowCardinality(String) COMMENT 'Who got it; empty: an unassignment',
    assigned_to_team_id LowCardinality(String) COMMENT 'Their team at that time; empty: none',
    assignments Int64 COMMENT '1 if there was one; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
ORDER BY (workspace_id, conversation_hash, occurred_at, sequence, event_partition, event_offset, previous_assignee_id)
PRIMARY KEY (workspace_id, conversation_hash)
SETTINGS
    non_replicated_deduplication_window = 10000, index_granularity = 128,
    min_bytes_for_wide_part = 1000000000000, min_rows_for_wide_part = 1000000000000
COMMENT 'Every hand that each conversation went through';

CREATE MATERIALIZED VIEW IF NOT EXISTS conversation_moves_mv TO conversation_moves AS
SELECT
    workspace_id, sipHash64(conversation_id) AS conversation_hash, occurred_at,
    ifNull(sequence, toInt64(-9223372036854775808)) AS sequence, event_partition, event_offset,
    previous_assignee_id, conversation_id, contact_id, contact_name, source, actor_id,
    assigned_to_id, assigned_to_team_id, toInt64(sign) AS assignments
FROM assignment_landing;

TRUNCATE TABLE conversation_moves;

INSERT INTO conversation_moves
SELECT
    workspace_id, sipHash64(conversation_id), occurred_at,
    ifNull(sequence, toInt64(-9223372036854775808)), event_partition, event_offset,
    previous_assignee_id, conversation_id, contact_id, contact_name, source, actor_id,
    assigned_to_id, assigned_to_team_id, 1
FROM assignment_log FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS contact_moves
(
    workspace_id String COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands' CODEC(ZSTD),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was assigned, in UTC' CODEC(Delta, ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contact: one of the nine sources',
    actor_id LowCardinality(String) COMMENT 'User, workflow, bot, integration, import or ad that acted',
    previous_assignee_id LowCardinality(String) COMMENT 'Who held the contact before; empty: nobody',
    assigned_to_id LowCardinality(String) COMMENT 'Who got it; empty: an unassignment',
    conversation_hash UInt64 COMMENT 'sipHash64 of the conversation',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet' CODEC(ZSTD)
)
ENGINE = SummingMergeTree(assignments)
ORDER BY (workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id, conversation_hash)
PRIMARY KEY (workspace_id, contact_id, occurred_at)
SETTINGS
    non_replicated_deduplication_window = 10000, index_granularity = 512,
    min_bytes_for_wide_part = 1000000000000, min_rows_for_wide_part = 1000000000000
COMMENT 'Assignments of each contact';

CREATE MATERIALIZED VIEW IF NOT EXISTS contact_moves_mv TO contact_moves AS
SELECT
    workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id,
    sipHash64(conversation_id) AS conversation_hash, sum(toInt64(sign)) AS assignments
FROM assignment_landing
GROUP BY
    workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id,
    conversation_hash;

TRUNCATE TABLE contact_moves;

INSERT INTO contact_moves
SELECT
    workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id,
    sipHash64(conversation_id), 1
FROM assignment_log FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

DROP VIEW IF EXISTS conversation_hands_mv;

DROP VIEW IF EXISTS contact_counts_mv;

DROP TABLE IF EXISTS conversation_hands;

DROP TABLE IF EXISTS contact_counts;

ALTER TABLE conversation_counts COMMENT COLUMN conversation_hash 'sipHash64 of the conversation; conversation_moves says which it is';
