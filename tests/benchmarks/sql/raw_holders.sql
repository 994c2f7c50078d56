SELECT holder, assigned_to_id, count()
FROM
(
    SELECT assigned_to_id, occurred_at,
        any(assigned_to_id) OVER (PARTITION BY contact_id ORDER BY occurred_at, event_id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS holder
    FROM raw_events
    WHERE workspace_id = '1' AND occurred_at < {end:DateTime64(3)}
)
WHERE holder != assigned_to_id AND assigned_to_id != '' AND occurred_at >= {start:DateTime64(3)}
GROUP BY holder, assigned_to_id
SETTINGS max_execution_time = 20, max_bytes_before_external_sort = 1000000000
