-- Scope: generation
-- Read by: the materialized views of the tables below; it keeps nothing itself.
-- A row is a message of `assignment-log`, as it stands.
CREATE TABLE IF NOT EXISTS assignment_landing
(
    event_id UUID COMMENT 'Identity of the event that made the row',
    workspace_id String COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'As it was at the time of the event',
    conversation_id String COMMENT 'Conversation that was open then',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, in UTC',
    sequence Nullable(Int64) COMMENT 'Order within one contact where times are equal',
    time_of LowCardinality(String) COMMENT 'receipt: the sender has no time of its own, occurred_at is when the event was received; else empty',
    assigned_to_kind LowCardinality(String) COMMENT 'What the assignee is: user, team or bot; empty: an unassignment',
    assigned_to_id String COMMENT 'Who got the contact; empty: an unassignment',
    assigned_to_name String COMMENT 'As it was at the time of the event',
    assigned_to_team_id String COMMENT 'Their team at that time; empty: none',
    assigned_to_team_name String COMMENT 'As it was at the time of the event',
    previous_assignee_kind LowCardinality(String) COMMENT 'What the previous assignee is: user, team or bot; empty: nobody',
    previous_assignee_id String COMMENT 'Who held it before; empty: nobody',
    previous_assignee_name String COMMENT 'As it was at the event before',
    previous_assignee_team_id String COMMENT 'Their team at the event before; empty: none',
    previous_assignee_team_name String COMMENT 'As it was at the event before',
    previous_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the previous assignee (or nobody) held it; null for the first assignment',
    began_source LowCardinality(String) COMMENT 'Source of the assignment that began the hold which this one ends; empty: none',
    began_actor_id String COMMENT 'Actor of that assignment; empty: none',
    began_team_id String COMMENT 'Team of the previous assignee at that assignment; empty: none',
    source LowCardinality(String) COMMENT 'What moved the contact, as on the wire: user, workflow, ...',
    actor_id String COMMENT 'User, workflow, bot, integration, import or ad that acted',
    actor_name String COMMENT 'As it was at the time of the event',
    sign Int8 COMMENT '1: an assignment, -1: takes back the one with the same event_id',
    version UInt64 COMMENT 'Rises with every correction of the same event_id',
    event_partition UInt32 COMMENT 'Where the event lies in assignment-events: partition',
    event_offset UInt64 COMMENT 'Where the event lies in assignment-events: offset'
)
ENGINE = Null
COMMENT 'What the sink writes to; keeps nothing, its views do';
