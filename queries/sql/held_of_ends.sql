-- What began in the period, and the ends of it; times since the start of the period.
SELECT
    holder AS holder_id, assigned_to_team_id AS team_id, toInt64(count()) AS begun,
    toInt64(0) AS ended, -sum(toUnixTimestamp64Milli(occurred_at) - {start:Int64}) AS ms
FROM selected
GROUP BY holder_id, team_id
UNION ALL
SELECT
    previous_holder AS holder_id, began_team_id AS team_id, toInt64(0) AS begun,
    toInt64(count()) AS ended, sum(toUnixTimestamp64Milli(occurred_at) - {start:Int64}) AS ms
FROM ends
GROUP BY holder_id, team_id
