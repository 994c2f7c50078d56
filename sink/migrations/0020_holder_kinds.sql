-- A holder is kind and id: a team's queue or a bot can hold a contact as well as a user. Rows of before
-- do not say the kind; there it is a user, as it was. Labels of sources live in producers/sources.py
-- and here; a test holds the two together.
ALTER TABLE assignment_landing ADD COLUMN IF NOT EXISTS time_of LowCardinality(String) COMMENT 'receipt: the sender has no time of its own, occurred_at is when the event was received' AFTER sequence;

ALTER TABLE assignment_landing ADD COLUMN IF NOT EXISTS assigned_to_kind LowCardinality(String) DEFAULT if(assigned_to_id = '', '', 'user') COMMENT 'What got the contact: user, team or bot; empty: an unassignment' AFTER time_of;

ALTER TABLE assignment_landing ADD COLUMN IF NOT EXISTS previous_assignee_kind LowCardinality(String) DEFAULT if(previous_assignee_id = '', '', 'user') COMMENT 'What held it before: user, team or bot; empty: nobody' AFTER assigned_to_team_name;

ALTER TABLE assignment_log ADD COLUMN IF NOT EXISTS time_of LowCardinality(String) COMMENT 'receipt: the sender has no time of its own, occurred_at is when the event was received' AFTER sequence;

ALTER TABLE assignment_log ADD COLUMN IF NOT EXISTS assigned_to_kind LowCardinality(String) DEFAULT if(assigned_to_id = '', '', 'user') COMMENT 'What got the contact: user, team or bot; empty: an unassignment' AFTER time_of;

ALTER TABLE assignment_log ADD COLUMN IF NOT EXISTS previous_assignee_kind LowCardinality(String) DEFAULT if(previous_assignee_id = '', '', 'user') COMMENT 'What held it before: user, team or bot; empty: nobody' AFTER assigned_to_team_name;

DROP VIEW IF EXISTS assignment_log_mv;

CREATE MATERIALIZED VIEW IF NOT EXISTS assignment_log_mv TO assignment_log AS
SELECT
    event_id, workspace_id, contact_id, contact_name, conversation_id, occurred_at, sequence,
    time_of, assigned_to_kind, assigned_to_id, assigned_to_name, assigned_to_team_id, assigned_to_team_name,
    previous_assignee_kind, previous_assignee_id, previous_assignee_name, previous_assignee_team_id,
    previous_assignee_team_name, previous_since, began_source, began_actor_id, began_team_id,
    source, actor_id, actor_name, version,
    toUInt8(sign < 0) AS is_deleted, event_partition, event_offset
FROM assignment_landing;

CREATE OR REPLACE VIEW assignments
(
    event_id UUID COMMENT 'Identity of the event behind the assignment',
    workspace_id String COMMENT 'Workspace the contact belongs to',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened (UTC)',
    conversation_id String COMMENT 'Conversation it happened in',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'Name of the contact at that time',
    previous_assignee_id String COMMENT 'Who held the contact before; empty: nobody',
    previous_assignee String COMMENT 'Name of that one; - for nobody',
    previous_team_id String COMMENT 'Team of that one then; empty: none',
    previous_team String COMMENT 'Name of that team',
    previous_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when that one (or nobody) held it; null: first assignment',
    previous_held_seconds Nullable(Float64) COMMENT 'How long that one (or nobody) held it, in seconds',
    assigned_to_id String COMMENT 'Who holds the contact now; empty: an unassignment',
    assigned_to String COMMENT 'Name of the one; - for an unassignment',
    team_id String COMMENT 'Team of the assignee then; empty: none',
    team String COMMENT 'Name of that team',
    is_unassignment UInt8 COMMENT '1: taken from everybody',
    source LowCardinality(String) COMMENT 'What moved it, as on the wire: user, workflow, ...',
    source_label String COMMENT 'What moved it, as the report names it',
    assigned_by_id String COMMENT 'User who assigned; empty where the source is not user',
    assigned_by String COMMENT 'Name of that user; empty where the source is not user',
    actor_id String COMMENT 'User, workflow, bot, integration, import or ad that acted',
    actor_name String COMMENT 'Name of the actor',
    sequence Nullable(Int64) COMMENT 'Order within one contact where times are equal',
    event_partition UInt32 COMMENT 'Where the event lies in assignment-events',
    event_offset UInt64 COMMENT 'Where the event lies in that partition',
    assigned_to_kind LowCardinality(String) COMMENT 'What holds the contact now: user, team or bot; empty: an unassignment',
    previous_assignee_kind LowCardinality(String) COMMENT 'What held it before: user, team or bot; empty: nobody',
    time_of LowCardinality(String) COMMENT 'receipt: the sender has no time of its own, occurred_at is when the event was received'
)
AS SELECT
    event_id, workspace_id, occurred_at, conversation_id, contact_id, contact_name,
    previous_assignee_id,
    multiIf(previous_assignee_id = '', '-', previous_assignee_name = '', previous_assignee_id, previous_assignee_name) AS previous_assignee,
    previous_assignee_team_id AS previous_team_id,
    previous_assignee_team_name AS previous_team,
    previous_since,
    (toUnixTimestamp64Milli(occurred_at) - toUnixTimestamp64Milli(previous_since)) / 1000 AS previous_held_seconds,
    assigned_to_id,
    multiIf(assigned_to_id = '', '-', assigned_to_name = '', assigned_to_id, assigned_to_name) AS assigned_to,
    assigned_to_team_id AS team_id,
    assigned_to_team_name AS team,
    toUInt8(assigned_to_id = '') AS is_unassignment,
    source,
    transform(toString(source),
        ['developer_api', 'workflow', 'bot', 'zapier', 'make', 'user', 'contact_import', 'close_conversation', 'click_to_chat_ad', 'ai_agent', 'n8n', 'unknown'],
        ['Developer API', 'Workflow', 'Bot (Dialogflow)', 'Zapier', 'Make', 'User', 'Contact Import', 'Close Conversation (Legacy)', 'Click-to-Chat Ad', 'AI Agent', 'n8n', 'Not told'],
        toString(source)) AS source_label,
    if(source = 'user', actor_id, '') AS assigned_by_id,
    multiIf(source != 'user', '', actor_name = '', actor_id, actor_name) AS assigned_by,
    actor_id, actor_name, sequence, event_partition, event_offset,
    assigned_to_kind, previous_assignee_kind, time_of
FROM assignment_log FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'One row per assignment, unassignments included: the log of the report';
