-- Unassignments of each conversation, too: over months it took long to count them one by one. Those
-- with most of them lie together.
ALTER TABLE conversation_totals ADD COLUMN IF NOT EXISTS to_nobody SimpleAggregateFunction(sumWithOverflow, Int32) COMMENT 'Those to nobody: unassignments' AFTER by_click_to_chat_ad;

ALTER TABLE conversation_totals DROP PROJECTION IF EXISTS by_assignments;

ALTER TABLE conversation_totals DROP PROJECTION IF EXISTS how_many;

ALTER TABLE conversation_totals ADD PROJECTION IF NOT EXISTS by_assignments
(
    SELECT * ORDER BY workspace_id, assignments, toMonday(first_bucket), last_bucket
);

ALTER TABLE conversation_totals ADD PROJECTION IF NOT EXISTS by_unassignments
(
    SELECT workspace_id, conversation_hash, first_bucket, last_bucket, to_nobody
    ORDER BY workspace_id, to_nobody, toMonday(first_bucket), last_bucket
);

ALTER TABLE conversation_totals ADD PROJECTION IF NOT EXISTS how_many
(
    SELECT
        workspace_id, assignments, to_nobody, count(), min(first_bucket), max(last_bucket), sum(assignments),
        sum(by_developer_api), sum(by_workflow), sum(by_bot), sum(by_zapier), sum(by_make),
        sum(by_user), sum(by_contact_import), sum(by_close_conversation), sum(by_click_to_chat_ad),
        sum(to_nobody)
    GROUP BY workspace_id, assignments, to_nobody
);

DROP VIEW IF EXISTS conversation_totals_mv;

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
    sum(sign * toInt32(source = 'click_to_chat_ad')) AS by_click_to_chat_ad,
    sum(sign * toInt32(assigned_to_id = '')) AS to_nobody
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
    sumIf(assignments, source = 'click_to_chat_ad'),
    sumIf(assignments, assigned_to_id = '')
FROM conversation_moves
GROUP BY workspace_id, conversation_hash
SETTINGS optimize_aggregation_in_order = 1;
