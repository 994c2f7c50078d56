-- Scope: report
-- Read by: page, API and exports, for the time zone of a workspace.
CREATE TABLE IF NOT EXISTS workspace_settings
(
    workspace_id String COMMENT 'Workspace they hold for',
    timezone String COMMENT 'IANA name of the zone its report is in',
    changed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'The newest row counts'
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY workspace_id
COMMENT 'What was set per workspace (`baton timezone`)';
