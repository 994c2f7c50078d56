-- What the report's filters offer. A row is one name under one id: names change, and the log keeps
-- those of the time. An entry counts while the sum of its signs is above 0; of several names of one
-- id the newest is argMax(name, last_at).
CREATE TABLE IF NOT EXISTS filter_sources
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    source LowCardinality(String) COMMENT 'One of the nine sources',
    assignments SimpleAggregateFunction(sum, Int64) COMMENT 'How many it made; sum it',
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When it last did; take the max'
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, source)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Sources that occur, per workspace';

CREATE MATERIALIZED VIEW IF NOT EXISTS filter_sources_mv TO filter_sources AS
SELECT
    workspace_id, source, sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
FROM assignment_landing
GROUP BY workspace_id, source;

CREATE TABLE IF NOT EXISTS filter_assignees
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    assigned_to_id String COMMENT 'Who got contacts; empty: unassignments',
    assigned_to_name String COMMENT 'A name they had',
    assignments SimpleAggregateFunction(sum, Int64) COMMENT 'How many under this name; sum it',
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When last under this name; take the max'
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, assigned_to_id, assigned_to_name)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Who got contacts, per workspace';

CREATE MATERIALIZED VIEW IF NOT EXISTS filter_assignees_mv TO filter_assignees AS
SELECT
    workspace_id, assigned_to_id, assigned_to_name,
    sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
FROM assignment_landing
GROUP BY workspace_id, assigned_to_id, assigned_to_name;

CREATE TABLE IF NOT EXISTS filter_users
(
    workspace_id String COMMENT 'Workspace the contacts belong to',
    actor_id String COMMENT 'User who assigned',
    actor_name String COMMENT 'A name they had',
    assignments SimpleAggregateFunction(sum, Int64) COMMENT 'How many under this name; sum it',
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When last under this name; take the max'
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, actor_id, actor_name)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Users who assigned (Assigned By), per workspace';

CREATE MATERIALIZED VIEW IF NOT EXISTS filter_users_mv TO filter_users AS
SELECT
    workspace_id, actor_id, actor_name,
    sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
FROM assignment_landing
WHERE source = 'user' AND actor_id != ''
GROUP BY workspace_id, actor_id, actor_name;

-- `search_name` is compared with a needle that went through the same function (`sink/names.py`).
CREATE TABLE IF NOT EXISTS filter_contacts
(
    workspace_id String COMMENT 'Workspace the contact belongs to',
    contact_id String COMMENT 'Contact that changed hands',
    contact_name String COMMENT 'A name it had' CODEC(ZSTD),
    search_name String COMMENT 'That name in lower case and without accents' CODEC(ZSTD),
    assignments SimpleAggregateFunction(sum, Int64) COMMENT 'How many under this name; sum it',
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When last under this name; take the max',
    INDEX search search_name TYPE ngrambf_v1(3, 4096, 2, 0) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, contact_id, contact_name, search_name)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Contacts that changed hands, per workspace';

CREATE MATERIALIZED VIEW IF NOT EXISTS filter_contacts_mv TO filter_contacts AS
SELECT
    workspace_id, contact_id, contact_name,
    translateUTF8(normalizeUTF8NFKC(replaceRegexpAll(lowerUTF8(normalizeUTF8NFKD(contact_name)), '[\\x{0300}-\\x{036F}\\x{0591}-\\x{05C7}\\x{064B}-\\x{065F}\\x{0670}]', '')), 'łøđıς', 'lodiσ') AS search_name,
    sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
FROM assignment_landing
GROUP BY workspace_id, contact_id, contact_name, search_name;
