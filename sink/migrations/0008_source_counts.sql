-- A year by source in a few milliseconds: plain sums are read in half the time of a projection's
-- aggregate states (0005).
CREATE TABLE IF NOT EXISTS source_counts
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    bucket DateTime('UTC') COMMENT 'Start of the 15 minutes, in UTC' CODEC(Delta, ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contacts: one of the nine sources',
    nobody UInt8 COMMENT '1: unassignments',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
PARTITION BY toYYYYMM(bucket)
ORDER BY (workspace_id, bucket, source, nobody)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Assignments per 15 minutes and source';

CREATE MATERIALIZED VIEW IF NOT EXISTS source_counts_mv TO source_counts AS
SELECT
    workspace_id, toDateTime(toStartOfFifteenMinutes(occurred_at), 'UTC') AS bucket,
    source, empty(assigned_to_id) AS nobody, sum(toInt64(sign)) AS assignments
FROM assignment_landing
GROUP BY workspace_id, bucket, source, nobody;

TRUNCATE TABLE source_counts;

INSERT INTO source_counts
SELECT
    workspace_id, toDateTime(toStartOfFifteenMinutes(occurred_at), 'UTC') AS bucket,
    source, empty(assigned_to_id) AS nobody, count()
FROM assignment_log FINAL
GROUP BY workspace_id, bucket, source, nobody
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0;

ALTER TABLE assignment_counts DROP PROJECTION IF EXISTS by_source;

CREATE OR REPLACE VIEW assignments_by_source
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    started_at DateTime('UTC') COMMENT 'Start of the 15 minutes that are counted (UTC)',
    source LowCardinality(String) COMMENT 'What moved the contacts, as on the wire',
    assignments Int64 COMMENT 'How many assignments, unassignments included',
    unassignments Int64 COMMENT 'How many of them took the contact from everybody'
)
AS SELECT
    workspace_id, bucket AS started_at, source,
    sum(source_counts.assignments) AS assignments,
    sumIf(source_counts.assignments, nobody) AS unassignments
FROM source_counts
GROUP BY workspace_id, bucket, source
HAVING assignments != 0
COMMENT 'Assignments per 15 minutes and source; the same numbers as the report';

-- A holder's name and team are those of the event before, which need not be the one that assigned.
ALTER TABLE assignment_landing COMMENT COLUMN previous_assignee_name 'As it was at the event before';

ALTER TABLE assignment_landing COMMENT COLUMN previous_assignee_team_id 'Their team at the event before; empty: none';

ALTER TABLE assignment_landing COMMENT COLUMN previous_assignee_team_name 'As it was at the event before';

ALTER TABLE assignment_log COMMENT COLUMN previous_assignee_name 'As it was at the event before';

ALTER TABLE assignment_log COMMENT COLUMN previous_assignee_team_id 'Their team at the event before; empty: none';

ALTER TABLE assignment_log COMMENT COLUMN previous_assignee_team_name 'As it was at the event before';
