SELECT
    if({by:String} = 'actor', toString(source), '') AS passing,
    toString(if({by:String} = 'actor', actor_id, previous_assignee_id)) AS giver,
    assigned_to_id AS taker, assignments AS n
FROM history
WHERE assigned_to_id != ''
