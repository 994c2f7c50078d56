-- Assignments as readers see them.
SELECT
    *,
    multiIf(previous_assignee_id = '', '-', previous_assignee_name = '', previous_assignee_id, previous_assignee_name) AS previous_assignee,
    multiIf(assigned_to_id = '', '-', assigned_to_name = '', assigned_to_id, assigned_to_name) AS assigned_to,
    assigned_to_team_id AS team_id, assigned_to_team_name AS team,
    transform(toString(source), {sources:Array(String)}, {labels:Array(String)}, toString(source)) AS source_label,
    if(source = 'user', actor_id, '') AS assigned_by_id,
    multiIf(source != 'user', '', actor_name = '', actor_id, actor_name) AS assigned_by,
    ifNull(sequence, -9223372036854775808) AS place
FROM selected
