-- Scope: generation
-- Read by: the charts where at most sources are filtered, and the BI view `assignments_by_source`.
-- Counts are sums of signs; 15 minutes divide the offset of every time zone since 1972.
CREATE TABLE IF NOT EXISTS source_counts
(
    workspace_id LowCardinality(String) COMMENT 'Workspace the contacts belong to',
    bucket DateTime('UTC') COMMENT 'Start of the 15 minutes, in UTC' CODEC(Delta, ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contacts, as on the wire',
    is_unassignment UInt8 COMMENT '1: taken from everybody',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
PARTITION BY toYYYYMM(bucket)
ORDER BY (workspace_id, bucket, source, is_unassignment)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Assignments per 15 minutes and source';

CREATE MATERIALIZED VIEW IF NOT EXISTS source_counts_mv TO source_counts AS
SELECT
    workspace_id, toDateTime(toStartOfFifteenMinutes(occurred_at), 'UTC') AS bucket,
    source, empty(assigned_to_id) AS is_unassignment, sum(toInt64(sign)) AS assignments
FROM assignment_landing
GROUP BY workspace_id, bucket, source, is_unassignment;
