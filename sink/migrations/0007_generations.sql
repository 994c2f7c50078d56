-- Scope: report
-- Read by: sinks, `baton replay`, `baton doctor` and the report page.
-- Generation 1 has a row only once there is a second one: until then it is live, in this database,
-- and written through assignment_landing.
CREATE TABLE IF NOT EXISTS generations
(
    generation UInt32 COMMENT 'Its number; that of its topics, groups and processes, too',
    state LowCardinality(String) COMMENT 'building, live, kept, exchanging (on its way to live), dropped',
    database String COMMENT 'Where its tables are',
    landing String COMMENT 'What its sinks write to; a name is never used twice',
    horizon_days Float64 COMMENT 'How far back late events reach in it',
    horizon_events UInt64 COMMENT 'And how many events of one contact',
    tables Map(String, UUID) COMMENT 'Its tables, known again wherever an exchange has put them',
    changed_at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT 'The newest row of a generation counts'
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY generation
COMMENT 'Generations of the report: the live one, those being rebuilt, those kept for an undo';
