-- Scope: generation
-- Read by: the choices of every filter, searches, and whatever shows a name for an id.
-- A row is one name under one id: names change, and the log keeps those of the time. A name counts
-- while its assignments add up to more than 0; of several the one of `last_at` is shown. A needle is
-- folded as names are (`sink/names.py`).
CREATE TABLE IF NOT EXISTS people
(
    workspace_id LowCardinality(String) COMMENT 'Workspace they belong to',
    role Enum8('actor' = 1, 'assignee' = 2, 'team' = 3, 'contact' = 4) COMMENT 'What they are in an assignment; an actor may be a workflow, bot, integration, import or ad',
    kind LowCardinality(String) COMMENT 'Of an actor: the source; of an assignee: user, team or bot; else empty',
    id String COMMENT 'Id within role and kind; empty: nobody' CODEC(ZSTD),
    name String COMMENT 'A name they had' CODEC(ZSTD),
    folded String COMMENT 'That name as searches compare it: small letters, no accents' CODEC(ZSTD),
    assignments SimpleAggregateFunction(sum, Int64) COMMENT 'How many under this name; sum it, rows of one key may not be merged yet',
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When last under this name; take the max',
    INDEX search folded TYPE ngrambf_v1(3, 4096, 2, 0) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace_id, role, kind, id, name, folded)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Who and what the report names: contacts, assignees, teams, actors';

CREATE MATERIALIZED VIEW IF NOT EXISTS people_mv TO people AS
SELECT
    workspace_id, role, kind, id, name,
    replaceAll(replaceAll(replaceAll(translateUTF8(normalizeUTF8NFKC(replaceRegexpAll(lowerUTF8(normalizeUTF8NFKD(name)), '[\\x{0300}-\\x{036F}\\x{0591}-\\x{05C7}\\x{064B}-\\x{065F}\\x{0670}]', '')), 'łøđıς’‘ʼʻ′`', 'lodiσ\'\'\'\'\'\''), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') AS folded,
    assignments, last_at
FROM
(
    SELECT
        workspace_id, one.1 AS role, one.2 AS kind, one.3 AS id, one.4 AS name,
        sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
    FROM assignment_landing
    ARRAY JOIN [
        ('actor', toString(source), actor_id, actor_name),
        ('assignee', toString(assigned_to_kind), assigned_to_id, assigned_to_name),
        ('team', '', assigned_to_team_id, assigned_to_team_name),
        ('contact', '', contact_id, contact_name)] AS one
    GROUP BY workspace_id, role, kind, id, name
);
