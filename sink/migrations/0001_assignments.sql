-- What the sink writes to: a row is a message of `assignment-log`, as it stands.
CREATE TABLE IF NOT EXISTS assignment_landing
(
    event_id UUID COMMENT 'Identity of the event that made the row',
    workspace_id String,
    contact_id String,
    contact_name String COMMENT 'As it was at the time of the event',
    conversation_id String,
    occurred_at DateTime64(3, 'UTC'),
    sequence Nullable(Int64) COMMENT 'Order within one contact where times are equal',
    assigned_to_id String COMMENT 'Empty: an unassignment',
    assigned_to_name String,
    assigned_to_team_id String,
    assigned_to_team_name String,
    previous_assignee_id String COMMENT 'Empty: nobody held the contact',
    previous_assignee_name String,
    previous_assignee_team_id String,
    previous_assignee_team_name String,
    previous_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the previous assignee (or nobody) held it; null for the first assignment',
    source LowCardinality(String),
    actor_id String COMMENT 'User, workflow, bot, integration, import or ad that acted',
    actor_name String,
    sign Int8 COMMENT '1: an assignment, -1: takes back the one with the same event_id',
    version UInt64 COMMENT 'Rises with every correction of the same event_id',
    event_partition UInt32 COMMENT 'Where the event lies in assignment-events',
    event_offset UInt64
)
ENGINE = Null;

-- One row per assignment; corrections replace by version.
CREATE TABLE IF NOT EXISTS assignment_log
(
    event_id UUID,
    workspace_id String,
    contact_id String,
    contact_name String,
    conversation_id String,
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    sequence Nullable(Int64),
    assigned_to_id String,
    assigned_to_name String,
    assigned_to_team_id String,
    assigned_to_team_name String,
    previous_assignee_id String,
    previous_assignee_name String,
    previous_assignee_team_id String,
    previous_assignee_team_name String,
    previous_since Nullable(DateTime64(3, 'UTC')),
    source LowCardinality(String),
    actor_id String,
    actor_name String,
    version UInt64,
    is_deleted UInt8,
    event_partition UInt32,
    event_offset UInt64,
    INDEX contact contact_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX conversation conversation_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX name contact_name TYPE ngrambf_v1(3, 4096, 2, 0) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (workspace_id, occurred_at, contact_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS assignment_log_mv TO assignment_log AS
SELECT
    event_id, workspace_id, contact_id, contact_name, conversation_id, occurred_at, sequence,
    assigned_to_id, assigned_to_name, assigned_to_team_id, assigned_to_team_name,
    previous_assignee_id, previous_assignee_name, previous_assignee_team_id,
    previous_assignee_team_name, previous_since, source, actor_id, actor_name, version,
    toUInt8(sign < 0) AS is_deleted, event_partition, event_offset
FROM assignment_landing;

-- Counts are sums of signs; 15 minutes divide the offset of every time zone since 1972.
CREATE TABLE IF NOT EXISTS assignment_counts
(
    workspace_id String,
    bucket DateTime('UTC'),
    source LowCardinality(String),
    assigned_to_id String,
    actor_id String,
    assignments Int64
)
ENGINE = SummingMergeTree(assignments)
PARTITION BY toYYYYMM(bucket)
ORDER BY (workspace_id, bucket, source, assigned_to_id, actor_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS assignment_counts_mv TO assignment_counts AS
SELECT
    workspace_id, toDateTime(toStartOfFifteenMinutes(occurred_at), 'UTC') AS bucket,
    source, assigned_to_id, actor_id, sum(toInt64(sign)) AS assignments
FROM assignment_landing
GROUP BY workspace_id, bucket, source, assigned_to_id, actor_id;
