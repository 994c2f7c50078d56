-- Which conversations went through most hands, over months: their ids are text, and adding up by text
-- takes four times as long as by a number.
CREATE TABLE IF NOT EXISTS conversation_counts
(
    workspace_id String COMMENT 'Workspace the contact belongs to',
    told Enum8('source' = 1, 'holder' = 2, 'user' = 3) COMMENT 'What the rows are sorted by: each assignment is there by its source, by who got it and by the user who assigned',
    told_id LowCardinality(String) COMMENT 'That source, who got it (empty: an unassignment), or the user',
    bucket DateTime('UTC') COMMENT 'Start of the 15 minutes, in UTC' CODEC(Delta, ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contact: one of the nine sources',
    actor_id LowCardinality(String) COMMENT 'User, workflow, bot, integration, import or ad that acted',
    previous_assignee_id LowCardinality(String) COMMENT 'Who held the contact before; empty: nobody',
    assigned_to_id LowCardinality(String) COMMENT 'Who got it; empty: an unassignment',
    assigned_to_team_id LowCardinality(String) COMMENT 'Their team at that time; empty: none',
    conversation_hash UInt64 COMMENT 'sipHash64 of the conversation; conversation_hands says which it is' CODEC(NONE),
    assignments Int8 COMMENT '1, or -1 for one that was taken back; sum it'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (workspace_id, told, told_id, bucket)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Assignments of each conversation per 15 minutes';

CREATE MATERIALIZED VIEW IF NOT EXISTS conversation_counts_mv TO conversation_counts AS
SELECT
    workspace_id, order.1 AS told, order.2 AS told_id,
    toDateTime(toStartOfFifteenMinutes(occurred_at), 'UTC') AS bucket, source, actor_id,
    previous_assignee_id, assigned_to_id, assigned_to_team_id,
    sipHash64(conversation_id) AS conversation_hash, sign AS assignments
FROM
(
    SELECT
        *,
        arrayJoin(arrayFilter(order -> order.1 != 'user' OR source = 'user', [
            ('source', toString(source)), ('holder', assigned_to_id), ('user', actor_id)])) AS order
    FROM assignment_landing
);

-- What a conversation went through, found by its number. A question is about some dozens out of
-- millions, so that blocks are small: of a large one nearly all would be decompressed in vain.
CREATE TABLE IF NOT EXISTS conversation_hands
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
    non_replicated_deduplication_window = 10000, index_granularity = 512,
    min_compress_block_size = 8192, max_compress_block_size = 16384
COMMENT 'Every hand that each conversation went through';

CREATE MATERIALIZED VIEW IF NOT EXISTS conversation_hands_mv TO conversation_hands AS
SELECT
    workspace_id, sipHash64(conversation_id) AS conversation_hash, occurred_at,
    ifNull(sequence, toInt64(-9223372036854775808)) AS sequence, event_partition, event_offset,
    previous_assignee_id, conversation_id, contact_id, contact_name, source, actor_id,
    assigned_to_id, assigned_to_team_id, toInt64(sign) AS assignments
FROM assignment_landing;

TRUNCATE TABLE conversation_counts;

INSERT INTO conversation_counts
SELECT
    workspace_id, order.1, order.2, toDateTime(toStartOfFifteenMinutes(occurred_at), 'UTC'), source,
    actor_id, previous_assignee_id, assigned_to_id, assigned_to_team_id, sipHash64(conversation_id), 1
FROM
(
    SELECT
        workspace_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id,
        assigned_to_team_id, conversation_id,
        arrayJoin(arrayFilter(order -> order.1 != 'user' OR source = 'user', [
            ('source', toString(source)), ('holder', assigned_to_id), ('user', actor_id)])) AS order
    FROM assignment_log FINAL
)
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0;

TRUNCATE TABLE conversation_hands;

INSERT INTO conversation_hands
SELECT
    workspace_id, sipHash64(conversation_id), occurred_at,
    ifNull(sequence, toInt64(-9223372036854775808)), event_partition, event_offset,
    previous_assignee_id, conversation_id, contact_id, contact_name, source, actor_id,
    assigned_to_id, assigned_to_team_id, 1
FROM assignment_log FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- `conversation_hands` says of conversations what `history_counts` did, this of contacts.
CREATE TABLE IF NOT EXISTS contact_counts
(
    workspace_id String COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands' CODEC(ZSTD),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was assigned, in UTC' CODEC(Delta, ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contact: one of the nine sources',
    actor_id LowCardinality(String) COMMENT 'User, workflow, bot, integration, import or ad that acted',
    previous_assignee_id LowCardinality(String) COMMENT 'Who held the contact before; empty: nobody',
    assigned_to_id LowCardinality(String) COMMENT 'Who got it; empty: an unassignment',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet' CODEC(ZSTD)
)
ENGINE = SummingMergeTree(assignments)
ORDER BY (workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id)
PRIMARY KEY (workspace_id, contact_id, occurred_at)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Assignments of each contact';

CREATE MATERIALIZED VIEW IF NOT EXISTS contact_counts_mv TO contact_counts AS
SELECT
    workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id,
    sum(toInt64(sign)) AS assignments
FROM assignment_landing
GROUP BY
    workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id;

TRUNCATE TABLE contact_counts;

INSERT INTO contact_counts
SELECT
    workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id, 1
FROM assignment_log FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

DROP VIEW IF EXISTS history_counts_mv;

DROP TABLE IF EXISTS history_counts;
