-- Hand-offs before and after the whole days.
SELECT
    if({by:String} = 'actor', toString(source), '') AS passing,
    if({by:String} = 'actor', actor_id, previous_assignee_id) AS giver,
    assigned_to_id AS taker, toInt64(1) AS n
FROM assignment_log FINAL
WHERE $matches
  AND assigned_to_id != ''
  AND NOT (occurred_at >= toDateTime({first_day:Date}, 'UTC') AND occurred_at < toDateTime({after_days:Date}, 'UTC'))
