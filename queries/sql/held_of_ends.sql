-- What began in the period, and the ends of it; times since the start of the period. Rows of older
-- workers do not say what began what they end: `unsaid`.
SELECT
    assigned_to_id AS holder_id, assigned_to_team_id AS team_id, toInt64(count()) AS begun,
    toInt64(0) AS ended, -sum(toUnixTimestamp64Milli(occurred_at) - {start:Int64}) AS ms, false AS unsaid
FROM selected
GROUP BY holder_id, team_id
UNION ALL
SELECT
    previous_assignee_id AS holder_id, began_team_id AS team_id, toInt64(0) AS begun,
    toInt64(count()) AS ended, sum(toUnixTimestamp64Milli(occurred_at) - {start:Int64}) AS ms,
    max(began_source = '') AS unsaid
FROM ends
GROUP BY holder_id, team_id
