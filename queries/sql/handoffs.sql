SELECT
    if({by:String} = 'holder', previous_assignee_id, concat(source, ':', actor_id)) AS from_id,
    argMax(
        if({by:String} = 'holder', previous_assignee,
            multiIf(actor_name != '', actor_name, actor_id != '', actor_id, source_label)),
        occurred_at) AS from_name,
    assigned_to_id AS to_id,
    argMax(assigned_to, occurred_at) AS to_name,
    count() AS handoffs
FROM selected
WHERE assigned_to_id != ''
GROUP BY from_id, to_id
ORDER BY handoffs DESC, from_id, to_id
LIMIT {limit:UInt32}
