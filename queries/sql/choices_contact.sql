-- Found by id (which the table is sorted by; as typed, in capitals or in small letters) and by name apart, so that each uses its own index; of
-- very many the first 10,000 are ranked.
SELECT contact_id AS id, argMax(contact_name, filter_contacts.last_at) AS name, sum(assignments) AS n
FROM filter_contacts
WHERE workspace_id = {workspace:String}
  AND contact_id IN (
    SELECT contact_id
    FROM
    (
        (SELECT contact_id, search_name
        FROM filter_contacts
        WHERE workspace_id = {workspace:String} AND NOT empty({q:String})
          AND (startsWith(contact_id, {q:String}) OR startsWith(contact_id, upperUTF8({q:String})) OR startsWith(contact_id, lowerUTF8({q:String})))
        LIMIT 10000)
        UNION ALL
        (SELECT contact_id, search_name
        FROM filter_contacts
        WHERE workspace_id = {workspace:String} AND position(search_name, $needle) > 0
        LIMIT 10000)
    )
    ORDER BY lowerUTF8(contact_id) != lowerUTF8({q:String}), NOT startsWith(search_name, $needle), search_name, contact_id
    LIMIT 1 BY contact_id
    LIMIT {limit:UInt32})
GROUP BY id
HAVING n > 0
ORDER BY lowerUTF8(id) != lowerUTF8({q:String}), NOT startsWith($name, $needle), $name, id
LIMIT {limit:UInt32}
