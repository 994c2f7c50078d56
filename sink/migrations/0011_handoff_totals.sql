-- How much each passes on and gets in all: what a matrix is ordered by, a few hundred rows a month
-- where its cells (0006, 0010) are tens of thousands.
CREATE TABLE IF NOT EXISTS handoff_totals
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    side Enum8('actor' = 1, 'holder' = 2, 'taker' = 3) COMMENT 'Whose hand-offs: who or what acted, who held the contacts before, who got them',
    grain Enum8('day' = 1, 'month' = 2) COMMENT 'What is counted together',
    starts Date COMMENT 'First day of that, in UTC',
    source LowCardinality(String) COMMENT 'What moved the contacts: one of the nine sources',
    id LowCardinality(String) COMMENT 'Of whom it is told; of holders, empty: nobody',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
PARTITION BY toYYYYMM(starts)
ORDER BY (workspace_id, side, grain, starts, source, id)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Hand-offs per UTC day and per UTC month: how many from each and to each';

CREATE MATERIALIZED VIEW IF NOT EXISTS handoff_totals_mv TO handoff_totals AS
SELECT
    workspace_id, part.1 AS side, part.3 AS grain, part.4 AS starts, source, part.2 AS id,
    sum(toInt64(sign)) AS assignments
FROM
(
    SELECT
        workspace_id, source, sign,
        arrayJoin([
            ('actor', actor_id, 'day', toDate(occurred_at)),
            ('actor', actor_id, 'month', toStartOfMonth(occurred_at)),
            ('holder', previous_assignee_id, 'day', toDate(occurred_at)),
            ('holder', previous_assignee_id, 'month', toStartOfMonth(occurred_at)),
            ('taker', assigned_to_id, 'day', toDate(occurred_at)),
            ('taker', assigned_to_id, 'month', toStartOfMonth(occurred_at))]) AS part
    FROM assignment_landing
    WHERE assigned_to_id != ''
)
GROUP BY workspace_id, side, grain, starts, source, id;

TRUNCATE TABLE handoff_totals;

INSERT INTO handoff_totals
SELECT workspace_id, part.1, part.3, part.4, source, part.2, count()
FROM
(
    SELECT
        workspace_id, source,
        arrayJoin([
            ('actor', actor_id, 'day', toDate(occurred_at)),
            ('actor', actor_id, 'month', toStartOfMonth(occurred_at)),
            ('holder', previous_assignee_id, 'day', toDate(occurred_at)),
            ('holder', previous_assignee_id, 'month', toStartOfMonth(occurred_at)),
            ('taker', assigned_to_id, 'day', toDate(occurred_at)),
            ('taker', assigned_to_id, 'month', toStartOfMonth(occurred_at))]) AS part
    FROM assignment_log FINAL
    WHERE assigned_to_id != ''
)
GROUP BY workspace_id, part, source
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0;
