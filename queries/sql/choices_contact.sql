SELECT contact_id AS id, argMax(contact_name, filter_contacts.last_at) AS name, sum(assignments) AS n
FROM filter_contacts
WHERE workspace_id = {workspace:String}
  AND contact_id IN (
    SELECT contact_id
    FROM filter_contacts
    WHERE workspace_id = {workspace:String}
      AND (empty({ids:Array(String)}) OR contact_id IN {ids:Array(String)})
      AND (empty({q:String}) OR startsWith(contact_id, {q:String}) OR position(search_name, $needle) > 0)
    LIMIT 1000)
GROUP BY id
HAVING n > 0
ORDER BY id != {q:String}, NOT startsWith($name, $needle), name, id
LIMIT {limit:UInt32}
