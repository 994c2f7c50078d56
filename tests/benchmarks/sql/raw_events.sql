CREATE TABLE IF NOT EXISTS raw_events
(
    event_id UUID, workspace_id String, contact_id String, contact_name String,
    conversation_id String, occurred_at DateTime64(3, 'UTC'),
    assigned_to_id String, assigned_to_name String, team_id String, team_name String,
    source LowCardinality(String), actor_id String, actor_name String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (workspace_id, occurred_at)
