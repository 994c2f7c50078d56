-- Scope: report
-- Read by: BI tools, and the exports of the report page. Plain views, deduplicated, without states.
-- Labels live here and in producers/sources.py; a test holds the two together.
CREATE OR REPLACE VIEW assignments
(
    event_id UUID COMMENT 'Identity of the event behind the assignment',
    workspace_id String COMMENT 'Workspace the contact belongs to',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened (UTC)',
    conversation_id String COMMENT 'Conversation it happened in',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'Name of the contact at that time',
    previous_assignee_kind LowCardinality(String) COMMENT 'What that one is: user, team or bot; empty: nobody',
    previous_assignee_id String COMMENT 'Who held the contact before; empty: nobody',
    previous_assignee String COMMENT 'Name of that one; - for nobody',
    previous_team_id String COMMENT 'Team of that one then; empty: none',
    previous_team String COMMENT 'Name of that team',
    previous_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when that one (or nobody) held it; null: first assignment',
    previous_held_seconds Nullable(Float64) COMMENT 'How long that one (or nobody) held it, in seconds',
    assigned_to_kind LowCardinality(String) COMMENT 'What the assignee is: user, team or bot; empty: an unassignment',
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
    time_of LowCardinality(String) COMMENT 'receipt: the sender has no time of its own, occurred_at is when the event was received; else empty'
)
AS SELECT
    event_id, workspace_id, occurred_at, conversation_id, contact_id, contact_name,
    previous_assignee_kind, previous_assignee_id,
    multiIf(previous_assignee_id = '', '-', previous_assignee_name = '', previous_assignee_id, previous_assignee_name) AS previous_assignee,
    previous_assignee_team_id AS previous_team_id,
    previous_assignee_team_name AS previous_team,
    previous_since,
    (toUnixTimestamp64Milli(occurred_at) - toUnixTimestamp64Milli(previous_since)) / 1000 AS previous_held_seconds,
    assigned_to_kind, assigned_to_id,
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
    actor_id, actor_name, sequence, event_partition, event_offset, time_of
FROM assignment_log FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'One row per assignment, unassignments included: the log of the report';

CREATE OR REPLACE VIEW assignments_by_source
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    started_at DateTime64(3, 'UTC') COMMENT 'Start of the 15 minutes that are counted (UTC)',
    source LowCardinality(String) COMMENT 'What moved the contacts, as on the wire',
    assignments Int64 COMMENT 'How many assignments, unassignments included',
    unassignments Int64 COMMENT 'How many of them took the contact from everybody'
)
AS SELECT
    workspace_id, toDateTime64(bucket, 3, 'UTC') AS started_at, source,
    sum(source_counts.assignments) AS assignments,
    sumIf(source_counts.assignments, is_unassignment) AS unassignments
FROM source_counts
GROUP BY workspace_id, bucket, source
HAVING assignments != 0
COMMENT 'Assignments per 15 minutes and source; the same numbers as the report';

CREATE OR REPLACE VIEW handoffs
(
    event_id UUID COMMENT 'Identity of the event behind the assignment',
    workspace_id String COMMENT 'Workspace the contact belongs to',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened (UTC)',
    conversation_id String COMMENT 'Conversation it happened in',
    contact_id String COMMENT 'Contact that changed hands',
    source LowCardinality(String) COMMENT 'Kind of who or what passed it on: user, workflow, bot, ...',
    passed_by_id String COMMENT 'User, workflow, bot, ... that acted; empty: not told',
    passed_by String COMMENT 'Name of that one',
    from_kind LowCardinality(String) COMMENT 'What that one is: user, team or bot; empty: nobody',
    from_id String COMMENT 'Who held the contact; empty: nobody',
    from_name String COMMENT 'Name of that one; - for nobody',
    to_kind LowCardinality(String) COMMENT 'What that one is: user, team or bot',
    to_id String COMMENT 'Who got it',
    to_name String COMMENT 'Name of that one',
    held_seconds Nullable(Float64) COMMENT 'How long it had been held before, in seconds'
)
AS SELECT
    event_id, workspace_id, occurred_at, conversation_id, contact_id, source,
    actor_id AS passed_by_id,
    multiIf(actor_name != '', actor_name, actor_id != '', actor_id, source_label) AS passed_by,
    previous_assignee_kind AS from_kind, previous_assignee_id AS from_id, previous_assignee AS from_name,
    assigned_to_kind AS to_kind, assigned_to_id AS to_id, assigned_to AS to_name,
    previous_held_seconds AS held_seconds
FROM assignments
WHERE assigned_to_id != ''
COMMENT 'One row per assignment to somebody: who or what passed the contact from whom to whom';

CREATE OR REPLACE VIEW conversation_timelines
(
    workspace_id String COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'Name of the contact at that time',
    conversation_id String COMMENT 'Conversation in which this holder got the contact',
    holder_kind LowCardinality(String) COMMENT 'What that one is: user, team or bot; empty: nobody',
    holder_id String COMMENT 'Who held the contact; empty: nobody',
    holder String COMMENT 'Name of that one; - for nobody',
    team String COMMENT 'Team of the holder then',
    held_from DateTime64(3, 'UTC') COMMENT 'Since when (UTC)',
    held_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when (UTC); null: still',
    held_seconds Float64 COMMENT 'How long, in seconds; of what still runs, up to now',
    source_label String COMMENT 'What moved the contact to this holder',
    moved_by String COMMENT 'User, workflow, bot, ... that did',
    step UInt64 COMMENT 'Place in the history of the contact, from 1'
)
AS SELECT
    workspace_id, contact_id, contact_name, conversation_id,
    assigned_to_kind AS holder_kind, assigned_to_id AS holder_id, assigned_to AS holder, team,
    occurred_at AS held_from,
    leadInFrame(toNullable(occurred_at)) OVER history AS held_until,
    (toUnixTimestamp64Milli(ifNull(held_until, now64(3))) - toUnixTimestamp64Milli(occurred_at)) / 1000 AS held_seconds,
    source_label, actor_name AS moved_by,
    row_number() OVER history AS step
FROM assignments
WINDOW history AS (
    PARTITION BY workspace_id, contact_id
    ORDER BY occurred_at, ifNull(sequence, -9223372036854775808), event_offset
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
)
COMMENT 'One row per hand a contact went through: who held it, how long, what moved it';

CREATE OR REPLACE VIEW time_held
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    holder_kind LowCardinality(String) COMMENT 'What that one is: user, team or bot; empty: nobody',
    holder_id String COMMENT 'Who held contacts; empty: nobody',
    holder String COMMENT 'Name of that one; - for nobody',
    team String COMMENT 'Team of the holder then',
    held_from DateTime64(3, 'UTC') COMMENT 'Since when (UTC)',
    held_seconds Float64 COMMENT 'How long, in seconds; of what still runs, up to now',
    is_running UInt8 COMMENT '1: still held'
)
AS SELECT
    workspace_id, holder_kind, holder_id, holder, team, held_from, held_seconds,
    toUInt8(held_until IS NULL) AS is_running
FROM conversation_timelines
COMMENT 'One row per time somebody, or nobody, held a contact';
