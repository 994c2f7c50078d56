-- Hand-offs and time held, added up as rows arrive, so that a year of them is read at once.
-- Where the log holds rows already, the tables are filled from it.

-- Each hand-off to somebody is counted four times: per day and per month, by who or what acted and
-- by who held the contact before.
CREATE TABLE IF NOT EXISTS handoff_counts
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    passed_by Enum8('actor' = 1, 'holder' = 2) COMMENT 'Of whom it is told: who or what acted, or who held the contacts before',
    grain Enum8('day' = 1, 'month' = 2) COMMENT 'What is counted together',
    starts Date COMMENT 'First day of that, in UTC',
    source LowCardinality(String) COMMENT 'Kind of actor: one of the nine sources; empty for holders',
    from_id LowCardinality(String) COMMENT 'Who passed them on; of holders, empty: nobody',
    to_id LowCardinality(String) COMMENT 'Who got them',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
PARTITION BY toYYYYMM(starts)
ORDER BY (workspace_id, passed_by, grain, starts, source, from_id, to_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Hand-offs per UTC day and per UTC month: from whom to whom';

CREATE MATERIALIZED VIEW IF NOT EXISTS handoff_counts_mv TO handoff_counts AS
SELECT
    workspace_id, move.1 AS passed_by, move.2 AS grain, move.3 AS starts, move.4 AS source,
    move.5 AS from_id, assigned_to_id AS to_id, sum(toInt64(sign)) AS assignments
FROM
(
    SELECT
        workspace_id, assigned_to_id, sign,
        arrayJoin([
            ('actor', 'day', toDate(occurred_at), toString(source), actor_id),
            ('actor', 'month', toStartOfMonth(occurred_at), toString(source), actor_id),
            ('holder', 'day', toDate(occurred_at), '', previous_assignee_id),
            ('holder', 'month', toStartOfMonth(occurred_at), '', previous_assignee_id)]) AS move
    FROM assignment_landing
    WHERE assigned_to_id != ''
)
GROUP BY workspace_id, passed_by, grain, starts, source, from_id, to_id;

-- A row begins a hold and ends the one before it; both are told of the time in which that hold
-- began. Held up to an instant: ended_ms less began_ms, and the instant once for each that runs.
CREATE TABLE IF NOT EXISTS hold_sums
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    grain Enum8('quarter' = 1, 'day' = 2, 'month' = 3) COMMENT 'What is added up together; a quarter of an hour, or more',
    starts DateTime('UTC') COMMENT 'First instant of that, in UTC; holds belong where they began',
    holder_id LowCardinality(String) COMMENT 'Who held the contacts; empty: nobody',
    team_id LowCardinality(String) COMMENT 'Their team then; empty: none',
    assignments Int64 COMMENT 'How many holds began; sum it',
    ended Int64 COMMENT 'How many of them have ended; sum it',
    began_ms Int64 COMMENT 'When they began, in ms since 1970, added up',
    ended_ms Int64 COMMENT 'When those that have ended did, in ms since 1970, added up'
)
ENGINE = SummingMergeTree((assignments, ended, began_ms, ended_ms))
PARTITION BY toYYYYMM(starts)
ORDER BY (workspace_id, grain, starts, holder_id, team_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Time held per 15 minutes, UTC day and UTC month in which it began, by holder and team';

CREATE MATERIALIZED VIEW IF NOT EXISTS hold_sums_mv TO hold_sums AS
SELECT
    workspace_id, span.1 AS grain, span.2 AS starts, hold.4 AS holder_id, hold.5 AS team_id,
    sum(hold.2) AS assignments, sum(hold.3) AS ended,
    sum(hold.2 * toUnixTimestamp64Milli(hold.1)) AS began_ms,
    sum(hold.3 * toUnixTimestamp64Milli(occurred_at)) AS ended_ms
FROM
(
    SELECT
        workspace_id, occurred_at,
        arrayJoin(arrayFilter(hold -> hold.2 != 0 OR hold.3 != 0, [
            (occurred_at, toInt64(sign), toInt64(0), assigned_to_id, assigned_to_team_id),
            (ifNull(previous_since, occurred_at), toInt64(0), if(previous_since IS NULL, toInt64(0), toInt64(sign)),
                previous_assignee_id, previous_assignee_team_id)])) AS hold,
        arrayJoin([
            ('quarter', toDateTime(toStartOfFifteenMinutes(hold.1), 'UTC')),
            ('day', toDateTime(toStartOfDay(hold.1), 'UTC')),
            ('month', toDateTime(toStartOfMonth(hold.1), 'UTC'))]) AS span
    FROM assignment_landing
)
GROUP BY workspace_id, grain, starts, holder_id, team_id;

-- Names for what the counts know by id alone, as in 0002.
CREATE TABLE IF NOT EXISTS filter_actors
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    source LowCardinality(String) COMMENT 'Kind of actor: one of the nine sources',
    actor_id String COMMENT 'User, workflow, bot, integration, import or ad that acted',
    actor_name String COMMENT 'A name it had',
    assignments SimpleAggregateFunction(sum, Int64) COMMENT 'How many under this name; sum it',
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When last under this name; take the max'
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, source, actor_id, actor_name)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Who or what moved contacts, per workspace';

CREATE MATERIALIZED VIEW IF NOT EXISTS filter_actors_mv TO filter_actors AS
SELECT
    workspace_id, source, actor_id, actor_name,
    sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
FROM assignment_landing
GROUP BY workspace_id, source, actor_id, actor_name;

CREATE TABLE IF NOT EXISTS filter_teams
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    team_id String COMMENT 'Team of those who got contacts; empty: none',
    team_name String COMMENT 'A name it had',
    assignments SimpleAggregateFunction(sum, Int64) COMMENT 'How many under this name; sum it',
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When last under this name; take the max'
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, team_id, team_name)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Teams that got contacts, per workspace';

CREATE MATERIALIZED VIEW IF NOT EXISTS filter_teams_mv TO filter_teams AS
SELECT
    workspace_id, assigned_to_team_id AS team_id, assigned_to_team_name AS team_name,
    sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
FROM assignment_landing
GROUP BY workspace_id, team_id, team_name;

TRUNCATE TABLE handoff_counts;

INSERT INTO handoff_counts
SELECT workspace_id, move.1, move.2, move.3, move.4, move.5, assigned_to_id, 1
FROM
(
    SELECT
        workspace_id, assigned_to_id,
        arrayJoin([
            ('actor', 'day', toDate(occurred_at), toString(source), actor_id),
            ('actor', 'month', toStartOfMonth(occurred_at), toString(source), actor_id),
            ('holder', 'day', toDate(occurred_at), '', previous_assignee_id),
            ('holder', 'month', toStartOfMonth(occurred_at), '', previous_assignee_id)]) AS move
    FROM assignment_log FINAL
    WHERE assigned_to_id != ''
)
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0;

TRUNCATE TABLE hold_sums;

INSERT INTO hold_sums
SELECT
    workspace_id, span.1, span.2, hold.4, hold.5, hold.2, hold.3,
    hold.2 * toUnixTimestamp64Milli(hold.1), hold.3 * toUnixTimestamp64Milli(occurred_at)
FROM
(
    SELECT
        workspace_id, occurred_at,
        arrayJoin(arrayFilter(hold -> hold.2 != 0 OR hold.3 != 0, [
            (occurred_at, toInt64(1), toInt64(0), assigned_to_id, assigned_to_team_id),
            (ifNull(previous_since, occurred_at), toInt64(0), if(previous_since IS NULL, toInt64(0), toInt64(1)),
                previous_assignee_id, previous_assignee_team_id)])) AS hold,
        arrayJoin([
            ('quarter', toDateTime(toStartOfFifteenMinutes(hold.1), 'UTC')),
            ('day', toDateTime(toStartOfDay(hold.1), 'UTC')),
            ('month', toDateTime(toStartOfMonth(hold.1), 'UTC'))]) AS span
    FROM assignment_log FINAL
)
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0;

TRUNCATE TABLE filter_actors;

INSERT INTO filter_actors
SELECT workspace_id, source, actor_id, actor_name, count(), max(occurred_at)
FROM assignment_log FINAL
GROUP BY workspace_id, source, actor_id, actor_name
SETTINGS do_not_merge_across_partitions_select_final = 1;

TRUNCATE TABLE filter_teams;

INSERT INTO filter_teams
SELECT workspace_id, assigned_to_team_id, assigned_to_team_name, count(), max(occurred_at)
FROM assignment_log FINAL
GROUP BY workspace_id, assigned_to_team_id, assigned_to_team_name
SETTINGS do_not_merge_across_partitions_select_final = 1;
