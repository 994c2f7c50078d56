-- Hand-offs per quarter of an hour, too: a period whose days begin within a UTC day is read from one
-- table, where its ends were read from others. Not divided into months: a year lies in one place. A
-- question names the periods it is made of, one number each: ClickHouse takes longer to understand
-- conditions on days and hours than to read what they select.

-- Each hand-off to somebody is counted by who or what acted and by who held the contact before.
CREATE TABLE IF NOT EXISTS handoff_pairs
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    passed_by Enum8('actor' = 1, 'holder' = 2) COMMENT 'Of whom it is told: who or what acted, or who held the contacts before',
    period UInt32 COMMENT 'What is counted together, in UTC: 202503 a month, 20250322 a day, 2025032217 its quarter of an hour from 04:15 (of 96, from 00)',
    source LowCardinality(String) COMMENT 'What moved the contacts: one of the nine sources; empty for holders',
    from_id LowCardinality(String) COMMENT 'Who passed them on; of holders, empty: nobody',
    to_id LowCardinality(String) COMMENT 'Who got them',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
ORDER BY (workspace_id, passed_by, period, source, from_id, to_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Hand-offs per month, day and 15 minutes: from whom to whom';

CREATE MATERIALIZED VIEW IF NOT EXISTS handoff_pairs_mv TO handoff_pairs AS
SELECT
    workspace_id, passed.1 AS passed_by, arrayJoin([month, day, quarter]) AS period,
    passed.2 AS source, passed.3 AS from_id, assigned_to_id AS to_id,
    sum(toInt64(sign)) AS assignments
FROM
(
    SELECT
        workspace_id, assigned_to_id, sign,
        toYYYYMM(occurred_at) AS month, toYYYYMMDD(occurred_at) AS day,
        toUInt32(100 * day + 4 * toHour(occurred_at) + intDiv(toMinute(occurred_at), 15)) AS quarter,
        arrayJoin([('actor', toString(source), actor_id), ('holder', '', previous_assignee_id)]) AS passed
    FROM assignment_landing
    WHERE assigned_to_id != ''
)
GROUP BY workspace_id, passed_by, period, source, from_id, to_id;

TRUNCATE TABLE handoff_pairs;

INSERT INTO handoff_pairs (workspace_id, passed_by, period, source, from_id, to_id, assignments)
SELECT
    workspace_id, passed.1 AS passed_by, arrayJoin([month, day, quarter]) AS period,
    passed.2 AS source, passed.3 AS from_id, assigned_to_id AS to_id,
    1
FROM
(
    SELECT
        workspace_id, assigned_to_id,
        toYYYYMM(occurred_at) AS month, toYYYYMMDD(occurred_at) AS day,
        toUInt32(100 * day + 4 * toHour(occurred_at) + intDiv(toMinute(occurred_at), 15)) AS quarter,
        arrayJoin([('actor', toString(source), actor_id), ('holder', '', previous_assignee_id)]) AS passed
    FROM assignment_log FINAL
    WHERE assigned_to_id != ''
)
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- By who held the contact before, told apart by source and by the user who assigned.
CREATE TABLE IF NOT EXISTS holder_pairs
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    told Enum8('each' = 1, 'source' = 2, 'user' = 3) COMMENT 'What months and days are told apart by: the source, or the user who assigned; quarters of an hour by both: each',
    period UInt32 COMMENT 'What is counted together, in UTC: 202503 a month, 20250322 a day, 2025032217 its quarter of an hour from 04:15 (of 96, from 00)',
    source LowCardinality(String) COMMENT 'What moved the contacts: one of the nine sources; of users always user',
    user_id LowCardinality(String) COMMENT 'User who assigned; empty: no user, or told by source',
    from_id LowCardinality(String) COMMENT 'Who held them before; empty: nobody',
    to_id LowCardinality(String) COMMENT 'Who got them',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
ORDER BY (workspace_id, told, period, source, user_id, from_id, to_id)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Hand-offs per month, day and 15 minutes by holder, for each source and each assigning user';

CREATE MATERIALIZED VIEW IF NOT EXISTS holder_pairs_mv TO holder_pairs AS
SELECT
    workspace_id, move.1 AS told, move.2 AS period, source, move.3 AS user_id,
    previous_assignee_id AS from_id, assigned_to_id AS to_id,
    sum(toInt64(sign)) AS assignments
FROM
(
    SELECT
        workspace_id, source, previous_assignee_id, assigned_to_id, sign,
        toYYYYMM(occurred_at) AS month, toYYYYMMDD(occurred_at) AS day,
        toUInt32(100 * day + 4 * toHour(occurred_at) + intDiv(toMinute(occurred_at), 15)) AS quarter,
        arrayJoin(arrayFilter(move -> move.1 != 'user' OR source = 'user', [
            ('each', quarter, if(source = 'user', actor_id, '')),
            ('source', day, ''), ('source', month, ''),
            ('user', day, actor_id), ('user', month, actor_id)])) AS move
    FROM assignment_landing
    WHERE assigned_to_id != ''
)
GROUP BY workspace_id, told, period, source, user_id, from_id, to_id;

TRUNCATE TABLE holder_pairs;

INSERT INTO holder_pairs
    (workspace_id, told, period, source, user_id, from_id, to_id, assignments)
SELECT
    workspace_id, move.1 AS told, move.2 AS period, source, move.3 AS user_id,
    previous_assignee_id AS from_id, assigned_to_id AS to_id,
    1
FROM
(
    SELECT
        workspace_id, source, previous_assignee_id, assigned_to_id,
        toYYYYMM(occurred_at) AS month, toYYYYMMDD(occurred_at) AS day,
        toUInt32(100 * day + 4 * toHour(occurred_at) + intDiv(toMinute(occurred_at), 15)) AS quarter,
        arrayJoin(arrayFilter(move -> move.1 != 'user' OR source = 'user', [
            ('each', quarter, if(source = 'user', actor_id, '')),
            ('source', day, ''), ('source', month, ''),
            ('user', day, actor_id), ('user', month, actor_id)])) AS move
    FROM assignment_log FINAL
    WHERE assigned_to_id != ''
)
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- How much each passes on and gets in all: what a matrix is ordered by, a few hundred rows a month
-- where its cells are tens of thousands.
CREATE TABLE IF NOT EXISTS handoff_sides
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    side Enum8('actor' = 1, 'holder' = 2, 'taker' = 3) COMMENT 'Whose hand-offs: who or what acted, who held the contacts before, who got them',
    period UInt32 COMMENT 'What is counted together, in UTC: 202503 a month, 20250322 a day, 2025032217 its quarter of an hour from 04:15 (of 96, from 00)',
    source LowCardinality(String) COMMENT 'What moved the contacts: one of the nine sources',
    id LowCardinality(String) COMMENT 'Of whom it is told; of holders, empty: nobody',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
ORDER BY (workspace_id, side, period, source, id)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Hand-offs per month, day and 15 minutes: how many from each and to each';

CREATE MATERIALIZED VIEW IF NOT EXISTS handoff_sides_mv TO handoff_sides AS
SELECT
    workspace_id, one.1 AS side, arrayJoin([month, day, quarter]) AS period, source, one.2 AS id,
    sum(toInt64(sign)) AS assignments
FROM
(
    SELECT
        workspace_id, source, sign,
        toYYYYMM(occurred_at) AS month, toYYYYMMDD(occurred_at) AS day,
        toUInt32(100 * day + 4 * toHour(occurred_at) + intDiv(toMinute(occurred_at), 15)) AS quarter,
        arrayJoin([('actor', actor_id), ('holder', previous_assignee_id), ('taker', assigned_to_id)]) AS one
    FROM assignment_landing
    WHERE assigned_to_id != ''
)
GROUP BY workspace_id, side, period, source, id;

TRUNCATE TABLE handoff_sides;

INSERT INTO handoff_sides (workspace_id, side, period, source, id, assignments)
SELECT
    workspace_id, one.1 AS side, arrayJoin([month, day, quarter]) AS period, source, one.2 AS id,
    1
FROM
(
    SELECT
        workspace_id, source,
        toYYYYMM(occurred_at) AS month, toYYYYMMDD(occurred_at) AS day,
        toUInt32(100 * day + 4 * toHour(occurred_at) + intDiv(toMinute(occurred_at), 15)) AS quarter,
        arrayJoin([('actor', actor_id), ('holder', previous_assignee_id), ('taker', assigned_to_id)]) AS one
    FROM assignment_log FINAL
    WHERE assigned_to_id != ''
)
SETTINGS do_not_merge_across_partitions_select_final = 1;

DROP VIEW IF EXISTS handoff_counts_mv;

DROP VIEW IF EXISTS holder_counts_mv;

DROP VIEW IF EXISTS handoff_totals_mv;

DROP TABLE IF EXISTS handoff_counts;

DROP TABLE IF EXISTS holder_counts;

DROP TABLE IF EXISTS handoff_totals;
