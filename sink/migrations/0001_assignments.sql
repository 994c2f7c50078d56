-- What the sink writes to: a row is a message of `assignment-log`, as it stands.
CREATE TABLE IF NOT EXISTS assignment_landing
(
    event_id UUID COMMENT 'Identity of the event that made the row',
    workspace_id String COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'As it was at the time of the event',
    conversation_id String COMMENT 'Conversation that was open then',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, in UTC',
    sequence Nullable(Int64) COMMENT 'Order within one contact where times are equal',
    assigned_to_id String COMMENT 'Who got the contact; empty: an unassignment',
    assigned_to_name String COMMENT 'As it was at the time of the event',
    assigned_to_team_id String COMMENT 'Their team at that time; empty: none',
    assigned_to_team_name String COMMENT 'As it was at the time of the event',
    previous_assignee_id String COMMENT 'Who held it before; empty: nobody',
    previous_assignee_name String COMMENT 'As it was when they got the contact',
    previous_assignee_team_id String COMMENT 'Their team at that time; empty: none',
    previous_assignee_team_name String COMMENT 'As it was when they got the contact',
    previous_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the previous assignee (or nobody) held it; null for the first assignment',
    source LowCardinality(String) COMMENT 'What moved the contact: one of the nine sources',
    actor_id String COMMENT 'User, workflow, bot, integration, import or ad that acted',
    actor_name String COMMENT 'As it was at the time of the event',
    sign Int8 COMMENT '1: an assignment, -1: takes back the one with the same event_id',
    version UInt64 COMMENT 'Rises with every correction of the same event_id',
    event_partition UInt32 COMMENT 'Where the event lies in assignment-events: partition',
    event_offset UInt64 COMMENT 'Where the event lies in assignment-events: offset'
)
ENGINE = Null
COMMENT 'What the sink writes to; keeps nothing, its views do';

-- One row per assignment; corrections replace by version.
CREATE TABLE IF NOT EXISTS assignment_log
(
    event_id UUID COMMENT 'Identity of the event that made the row',
    workspace_id String COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'As it was at the time of the event' CODEC(ZSTD),
    conversation_id String COMMENT 'Conversation that was open then' CODEC(ZSTD),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, in UTC' CODEC(Delta, ZSTD),
    sequence Nullable(Int64) COMMENT 'Order within one contact where times are equal',
    assigned_to_id String COMMENT 'Who got the contact; empty: an unassignment',
    assigned_to_name String COMMENT 'As it was at the time of the event',
    assigned_to_team_id String COMMENT 'Their team at that time; empty: none',
    assigned_to_team_name String COMMENT 'As it was at the time of the event',
    previous_assignee_id String COMMENT 'Who held it before; empty: nobody',
    previous_assignee_name String COMMENT 'As it was when they got the contact',
    previous_assignee_team_id String COMMENT 'Their team at that time; empty: none',
    previous_assignee_team_name String COMMENT 'As it was when they got the contact',
    previous_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the previous assignee (or nobody) held it; null for the first assignment' CODEC(ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contact: one of the nine sources',
    actor_id String COMMENT 'User, workflow, bot, integration, import or ad that acted',
    actor_name String COMMENT 'As it was at the time of the event',
    version UInt64 COMMENT 'Rises with every correction of the same event_id',
    is_deleted UInt8 COMMENT '1: taken back by a late event',
    event_partition UInt32 COMMENT 'Where the event lies in assignment-events: partition',
    event_offset UInt64 COMMENT 'Where the event lies in assignment-events: offset' CODEC(Delta, ZSTD),
    INDEX contact contact_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX conversation conversation_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX name contact_name TYPE ngrambf_v1(3, 4096, 2, 0) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (workspace_id, occurred_at, contact_id, event_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One row per assignment; read it with FINAL';

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
    workspace_id String COMMENT 'Workspace the contacts belong to',
    bucket DateTime('UTC') COMMENT 'Start of the 15 minutes, in UTC' CODEC(Delta, ZSTD),
    source LowCardinality(String) COMMENT 'What moved the contacts: one of the nine sources',
    assigned_to_id String COMMENT 'Who got the contacts; empty: unassignments',
    actor_id String COMMENT 'User, workflow, bot, integration, import or ad that acted',
    assignments Int64 COMMENT 'How many; sum it, rows of one key may not be merged yet'
)
ENGINE = SummingMergeTree(assignments)
PARTITION BY toYYYYMM(bucket)
ORDER BY (workspace_id, bucket, source, assigned_to_id, actor_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Assignments per 15 minutes, source, assignee and actor';

CREATE MATERIALIZED VIEW IF NOT EXISTS assignment_counts_mv TO assignment_counts AS
SELECT
    workspace_id, toDateTime(toStartOfFifteenMinutes(occurred_at), 'UTC') AS bucket,
    source, assigned_to_id, actor_id, sum(toInt64(sign)) AS assignments
FROM assignment_landing
GROUP BY workspace_id, bucket, source, assigned_to_id, actor_id;

-- Written once per partition, before its first rows: proof that a group that has forgotten its
-- offsets, or a topic that was made anew, would count again what is here already.
CREATE TABLE IF NOT EXISTS sink_partitions
(
    topic String COMMENT 'Name of the topic',
    topic_id String COMMENT 'Kafka''s id of it: another one after the topic was made anew',
    partition UInt32 COMMENT 'Partition of the topic',
    registered_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the sink first wrote from it'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, topic_id, partition)
COMMENT 'What the sink has ever written from';
