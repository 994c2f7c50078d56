-- Which conversations went through most hands, over any time: adding up by conversation takes as long
-- as there are assignments. Here each has its total, and those with most of them lie together.
CREATE TABLE IF NOT EXISTS conversation_totals
(
    workspace_id LowCardinality(String) COMMENT 'Workspace the contact belongs to',
    conversation_hash UInt64 COMMENT 'sipHash64 of the conversation; conversation_moves says which it is' CODEC(NONE),
    first_bucket SimpleAggregateFunction(min, DateTime('UTC')) COMMENT 'Start of the 15 minutes of the first assignment, in UTC; not later, if that was taken back',
    last_bucket SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'Start of the 15 minutes of the last one; not earlier, if that was taken back',
    assignments SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'How many; sum it, rows of one conversation may not be merged yet',
    by_developer_api SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that developer_api moved',
    by_workflow SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that workflow moved',
    by_bot SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that bot moved',
    by_zapier SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that zapier moved',
    by_make SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that make moved',
    by_user SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that user moved',
    by_contact_import SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that contact_import moved',
    by_close_conversation SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that close_conversation moved',
    by_click_to_chat_ad SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those that click_to_chat_ad moved'
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, conversation_hash)
SETTINGS
    non_replicated_deduplication_window = 10000, index_granularity = 2048,
    min_compress_block_size = 16384, max_compress_block_size = 32768,
    min_age_to_force_merge_seconds = 86400, deduplicate_merge_projection_mode = 'rebuild'
COMMENT 'Assignments of each conversation, over all time';

ALTER TABLE conversation_totals ADD PROJECTION IF NOT EXISTS by_assignments
(
    SELECT * ORDER BY workspace_id, assignments, toMonday(first_bucket), last_bucket
);

ALTER TABLE conversation_totals ADD PROJECTION IF NOT EXISTS how_many
(
    SELECT
        workspace_id, assignments, count(), min(first_bucket), max(last_bucket), sum(assignments),
        sum(by_developer_api), sum(by_workflow), sum(by_bot), sum(by_zapier), sum(by_make),
        sum(by_user), sum(by_contact_import), sum(by_close_conversation), sum(by_click_to_chat_ad)
    GROUP BY workspace_id, assignments
);

CREATE MATERIALIZED VIEW IF NOT EXISTS conversation_totals_mv TO conversation_totals AS
SELECT
    workspace_id, sipHash64(conversation_id) AS conversation_hash,
    toDateTime(min(toStartOfFifteenMinutes(occurred_at)), 'UTC') AS first_bucket,
    toDateTime(max(toStartOfFifteenMinutes(occurred_at)), 'UTC') AS last_bucket,
    sum(toInt32(sign)) AS assignments,
    sum(sign * toInt32(source = 'developer_api')) AS by_developer_api,
    sum(sign * toInt32(source = 'workflow')) AS by_workflow,
    sum(sign * toInt32(source = 'bot')) AS by_bot,
    sum(sign * toInt32(source = 'zapier')) AS by_zapier,
    sum(sign * toInt32(source = 'make')) AS by_make,
    sum(sign * toInt32(source = 'user')) AS by_user,
    sum(sign * toInt32(source = 'contact_import')) AS by_contact_import,
    sum(sign * toInt32(source = 'close_conversation')) AS by_close_conversation,
    sum(sign * toInt32(source = 'click_to_chat_ad')) AS by_click_to_chat_ad
FROM assignment_landing
GROUP BY workspace_id, conversation_hash;

TRUNCATE TABLE conversation_totals;

INSERT INTO conversation_totals
SELECT
    workspace_id, conversation_hash,
    toDateTime(min(toStartOfFifteenMinutes(occurred_at)), 'UTC'),
    toDateTime(max(toStartOfFifteenMinutes(occurred_at)), 'UTC'),
    sum(assignments),
    sumIf(assignments, source = 'developer_api'),
    sumIf(assignments, source = 'workflow'),
    sumIf(assignments, source = 'bot'),
    sumIf(assignments, source = 'zapier'),
    sumIf(assignments, source = 'make'),
    sumIf(assignments, source = 'user'),
    sumIf(assignments, source = 'contact_import'),
    sumIf(assignments, source = 'close_conversation'),
    sumIf(assignments, source = 'click_to_chat_ad')
FROM conversation_moves
GROUP BY workspace_id, conversation_hash
SETTINGS optimize_aggregation_in_order = 1;
