SELECT contact_id AS id, argMax(contact_name, last_at) AS name
FROM filter_contacts
WHERE workspace_id = {workspace:String} AND contact_id IN {ids:Array(String)}
GROUP BY id
