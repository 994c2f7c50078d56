SELECT contact_id, any(contact_name)
FROM raw_events
WHERE workspace_id = '1' AND position(lowerUTF8(contact_name), 'josé 12') > 0
GROUP BY contact_id
ORDER BY contact_id
LIMIT 50
SETTINGS max_execution_time = 20, max_bytes_before_external_sort = 1000000000
