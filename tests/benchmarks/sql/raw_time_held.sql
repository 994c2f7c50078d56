SELECT assigned_to_id, count(), sum(dateDiff('second', occurred_at, ifNull(until, now64(3))))
FROM
(
    SELECT *,
        any(toNullable(occurred_at)) OVER (PARTITION BY contact_id ORDER BY occurred_at, event_id ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS until
    FROM
    (
        SELECT contact_id, event_id, assigned_to_id, occurred_at,
            any(assigned_to_id) OVER (PARTITION BY contact_id ORDER BY occurred_at, event_id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS holder
        FROM raw_events
        WHERE workspace_id = '1'
    )
    WHERE holder != assigned_to_id
)
WHERE occurred_at >= {start:DateTime64(3)} AND occurred_at < {end:DateTime64(3)}
GROUP BY assigned_to_id
SETTINGS max_execution_time = 20, max_bytes_before_external_sort = 1000000000
