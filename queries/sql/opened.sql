SELECT
    contact_id, occurred_at, assigned_to_id AS holder_id, assigned_to AS holder, team_id, team,
    (contact_id, occurred_at) NOT IN (SELECT contact_id, occurred_at FROM tied)
    OR (contact_id, occurred_at,
        (ifNull(sequence, -9223372036854775808), event_partition, event_offset))
        IN (SELECT contact_id, occurred_at, last FROM tied) AS lasted
FROM selected
