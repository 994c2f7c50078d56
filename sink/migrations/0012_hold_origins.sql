-- What began the hold that a row ends, which every row says: time held adds up by source, by user and
-- by team without a join. Rows of older workers do not say it; there it is empty, until a rebuild.
ALTER TABLE assignment_landing ADD COLUMN IF NOT EXISTS began_source LowCardinality(String) COMMENT 'Source of the assignment that began what this one ends; empty: none, or not said' AFTER previous_since;

ALTER TABLE assignment_landing ADD COLUMN IF NOT EXISTS began_actor_id String COMMENT 'Who or what acted then' AFTER began_source;

ALTER TABLE assignment_landing ADD COLUMN IF NOT EXISTS began_team_id String COMMENT 'Team of the previous assignee then' AFTER began_actor_id;

ALTER TABLE assignment_log ADD COLUMN IF NOT EXISTS began_source LowCardinality(String) COMMENT 'Source of the assignment that began what this one ends; empty: none, or not said' AFTER previous_since;

ALTER TABLE assignment_log ADD COLUMN IF NOT EXISTS began_actor_id LowCardinality(String) COMMENT 'Who or what acted then' AFTER began_source;

ALTER TABLE assignment_log ADD COLUMN IF NOT EXISTS began_team_id LowCardinality(String) COMMENT 'Team of the previous assignee then' AFTER began_actor_id;

DROP VIEW IF EXISTS assignment_log_mv;

CREATE MATERIALIZED VIEW IF NOT EXISTS assignment_log_mv TO assignment_log AS
SELECT
    event_id, workspace_id, contact_id, contact_name, conversation_id, occurred_at, sequence,
    assigned_to_id, assigned_to_name, assigned_to_team_id, assigned_to_team_name,
    previous_assignee_id, previous_assignee_name, previous_assignee_team_id,
    previous_assignee_team_name, previous_since, began_source, began_actor_id, began_team_id,
    source, actor_id, actor_name, version,
    toUInt8(sign < 0) AS is_deleted, event_partition, event_offset
FROM assignment_landing;

-- A hold is under what began it, from its begin and from its end: both have the same key.
CREATE TABLE IF NOT EXISTS hold_origins
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    told Enum8('each' = 1, 'source' = 2, 'user' = 3) COMMENT 'What they are told apart by: the source, the user who assigned, or each of them',
    grain Enum8('quarter' = 1, 'day' = 2, 'month' = 3) COMMENT 'What is added up together: 15 minutes (of each), a day, a month',
    starts DateTime('UTC') COMMENT 'Start of the time in which the holds began',
    source LowCardinality(String) COMMENT 'What moved the contacts then; empty: an end whose row does not say it',
    user_id LowCardinality(String) COMMENT 'User who assigned them; empty: no user, or told by source',
    holder_id LowCardinality(String) COMMENT 'Who got them; empty: nobody',
    team_id LowCardinality(String) COMMENT 'Their team then; empty: none',
    assignments Int64 COMMENT 'How many holds began; sum it, rows of one key may not be merged yet',
    ended Int64 COMMENT 'How many of those that began then have ended',
    began_ms Int64 COMMENT 'Their begins, in milliseconds since 1970, added up',
    ended_ms Int64 COMMENT 'Their ends, added up'
)
ENGINE = SummingMergeTree((assignments, ended, began_ms, ended_ms))
PARTITION BY toYYYYMM(starts)
ORDER BY (workspace_id, told, grain, starts, source, user_id, holder_id, team_id)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 1024
COMMENT 'Time held, by what began it';

CREATE MATERIALIZED VIEW IF NOT EXISTS hold_origins_mv TO hold_origins AS
SELECT
    workspace_id, span.1 AS told, span.2 AS grain, span.3 AS starts, hold.4 AS source,
    span.4 AS user_id, hold.6 AS holder_id, hold.7 AS team_id,
    sum(hold.2) AS assignments, sum(hold.3) AS ended,
    sum(hold.2 * toUnixTimestamp64Milli(hold.1)) AS began_ms,
    sum(hold.3 * toUnixTimestamp64Milli(occurred_at)) AS ended_ms
FROM
(
    SELECT
        workspace_id, occurred_at,
        arrayJoin(arrayFilter(hold -> hold.2 != 0 OR hold.3 != 0, [
            (occurred_at, toInt64(sign), toInt64(0),
                toString(source), if(source = 'user', actor_id, ''), assigned_to_id, assigned_to_team_id),
            (ifNull(previous_since, occurred_at), toInt64(0), if(previous_since IS NULL, toInt64(0), toInt64(sign)),
                toString(began_source), if(began_source = 'user', began_actor_id, ''), previous_assignee_id, began_team_id)])) AS hold,
        arrayJoin(arrayFilter(span -> span.1 != 'user' OR hold.4 IN ('user', ''), [
            ('each', 'quarter', toDateTime(toStartOfFifteenMinutes(hold.1), 'UTC'), hold.5),
            ('source', 'day', toDateTime(toStartOfDay(hold.1), 'UTC'), ''),
            ('source', 'month', toDateTime(toStartOfMonth(hold.1), 'UTC'), ''),
            ('user', 'day', toDateTime(toStartOfDay(hold.1), 'UTC'), hold.5),
            ('user', 'month', toDateTime(toStartOfMonth(hold.1), 'UTC'), hold.5)])) AS span
    FROM assignment_landing
)
GROUP BY workspace_id, told, grain, starts, source, user_id, holder_id, team_id;

TRUNCATE TABLE hold_origins;

INSERT INTO hold_origins
SELECT
    workspace_id, span.1, span.2, span.3, hold.4, span.4, hold.6, hold.7, hold.2, hold.3,
    hold.2 * toUnixTimestamp64Milli(hold.1), hold.3 * toUnixTimestamp64Milli(occurred_at)
FROM
(
    SELECT
        workspace_id, occurred_at,
        arrayJoin(arrayFilter(hold -> hold.2 != 0 OR hold.3 != 0, [
            (occurred_at, toInt64(1), toInt64(0),
                toString(source), if(source = 'user', actor_id, ''), assigned_to_id, assigned_to_team_id),
            (ifNull(previous_since, occurred_at), toInt64(0), if(previous_since IS NULL, toInt64(0), toInt64(1)),
                toString(began_source), if(began_source = 'user', toString(began_actor_id), ''), previous_assignee_id, toString(began_team_id))])) AS hold,
        arrayJoin(arrayFilter(span -> span.1 != 'user' OR hold.4 IN ('user', ''), [
            ('each', 'quarter', toDateTime(toStartOfFifteenMinutes(hold.1), 'UTC'), hold.5),
            ('source', 'day', toDateTime(toStartOfDay(hold.1), 'UTC'), ''),
            ('source', 'month', toDateTime(toStartOfMonth(hold.1), 'UTC'), ''),
            ('user', 'day', toDateTime(toStartOfDay(hold.1), 'UTC'), hold.5),
            ('user', 'month', toDateTime(toStartOfMonth(hold.1), 'UTC'), hold.5)])) AS span
    FROM assignment_log FINAL
)
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0;

-- `hold_origins` says what `hold_sums` did, `filter_actors` what these lists did.
DROP VIEW IF EXISTS hold_sums_mv;

DROP TABLE IF EXISTS hold_sums;

DROP VIEW IF EXISTS filter_users_mv;

DROP TABLE IF EXISTS filter_users;

DROP VIEW IF EXISTS filter_sources_mv;

DROP TABLE IF EXISTS filter_sources;
