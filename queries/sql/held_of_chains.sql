-- What an assignment began, the next of the same contact ends.
SELECT
    assigned_to_id AS holder_id, assigned_to_team_id AS team_id,
    toInt64(1) AS starts, toInt64(until_ms != 0) AS ends,
    if(until_ms = 0, {now:Int64}, until_ms) - toUnixTimestamp64Milli(occurred_at) AS ms
FROM
(
    SELECT
        *,
        leadInFrame(toUnixTimestamp64Milli(occurred_at)) OVER (
            PARTITION BY contact_id
            ORDER BY occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset
            ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS until_ms
    FROM assignment_log FINAL
    WHERE workspace_id = {workspace:String} AND contact_id IN {contacts:Array(String)}
      AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
      AND occurred_at IN (
        SELECT occurred_at
        FROM contact_moves
        WHERE workspace_id = {workspace:String} AND contact_id IN {contacts:Array(String)})
)
WHERE $matches
