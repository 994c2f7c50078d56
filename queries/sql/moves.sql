-- Who or what (`passing`: its source) passed a contact to whom; unassignments are no hand-offs.
SELECT
    if({by:String} = 'actor', toString(source), '') AS passing,
    if({by:String} = 'actor', actor_id, previous_holder) AS giver,
    holder AS taker
FROM selected
WHERE assigned_to_id != ''
