-- Scope: generation
-- Read by: every answer of the report, its exports and the BI views.
-- It is idempotent: a row that comes twice, or is corrected, replaces the one before by version.
CREATE TABLE IF NOT EXISTS assignment_log
(
    event_id UUID COMMENT 'Identity of the event that made the row',
    workspace_id LowCardinality(String) COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands' CODEC(ZSTD),
    contact_name String COMMENT 'As it was at the time of the event' CODEC(ZSTD),
    conversation_id String COMMENT 'Conversation that was open then' CODEC(ZSTD),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, in UTC' CODEC(Delta, ZSTD),
    sequence Nullable(Int64) COMMENT 'Order within one contact where times are equal' CODEC(ZSTD),
    time_of LowCardinality(String) COMMENT 'receipt: the sender has no time of its own, occurred_at is when the event was received; else empty',
    assigned_to_kind LowCardinality(String) COMMENT 'What the assignee is: user, team or bot; empty: an unassignment',
    assigned_to_id LowCardinality(String) COMMENT 'Who got the contact; empty: an unassignment',
    assigned_to_name LowCardinality(String) COMMENT 'As it was at the time of the event',
    assigned_to_team_id LowCardinality(String) COMMENT 'Their team at that time; empty: none',
    assigned_to_team_name LowCardinality(String) COMMENT 'As it was at the time of the event',
    previous_assignee_kind LowCardinality(String) COMMENT 'What the previous assignee is: user, team or bot; empty: nobody',
    previous_assignee_id LowCardinality(String) COMMENT 'Who held it before; empty: nobody',
    previous_assignee_name LowCardinality(String) COMMENT 'As it was at the event before',
    previous_assignee_team_id LowCardinality(String) COMMENT 'Their team at the event before; empty: none',
    previous_assignee_team_name LowCardinality(String) COMMENT 'As it was at the event before',
    previous_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the previous assignee (or nobody) held it; null for the first assignment' CODEC(ZSTD),
    began_source LowCardinality(String) COMMENT 'Source of the assignment that began the hold which this one ends; empty: none',
    began_actor_id LowCardinality(String) COMMENT 'Actor of that assignment; empty: none',
    began_team_id LowCardinality(String) COMMENT 'Team of the previous assignee at that assignment; empty: none',
    source LowCardinality(String) COMMENT 'What moved the contact, as on the wire: user, workflow, ...',
    actor_id LowCardinality(String) COMMENT 'User, workflow, bot, integration, import or ad that acted',
    actor_name LowCardinality(String) COMMENT 'As it was at the time of the event',
    version UInt64 COMMENT 'Rises with every correction of the same event_id' CODEC(Delta, ZSTD),
    is_deleted UInt8 COMMENT '1: taken back by a late event',
    event_partition UInt32 COMMENT 'Where the event lies in assignment-events: partition',
    event_offset UInt64 COMMENT 'Where the event lies in assignment-events: offset' CODEC(Delta, ZSTD),
    holder LowCardinality(String) MATERIALIZED if(assigned_to_kind IN ('', 'user') AND NOT match(assigned_to_id, '^(user|team|bot):'), assigned_to_id, concat(assigned_to_kind, ':', assigned_to_id)) COMMENT 'Who got the contact, as one text: the id of a user, else kind and id',
    previous_holder LowCardinality(String) MATERIALIZED if(previous_assignee_kind IN ('', 'user') AND NOT match(previous_assignee_id, '^(user|team|bot):'), previous_assignee_id, concat(previous_assignee_kind, ':', previous_assignee_id)) COMMENT 'Who held it before, in the same way',
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
SELECT * EXCEPT sign, toUInt8(sign < 0) AS is_deleted
FROM assignment_landing;
