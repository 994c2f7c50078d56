SELECT
    if({by:String} = 'actor', toString(source), '') AS passing,
    if({by:String} = 'actor', actor_id, previous_assignee_id) AS giver,
    assigned_to_id AS taker, toInt64(1) AS n
FROM selected
WHERE assigned_to_id != ''
