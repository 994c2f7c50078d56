-- Found by id (which the table is sorted by; as typed, in capitals or in small letters) and by name
-- apart, so that each uses its own index; of very many the first 10,000 are ranked.
SELECT id, argMax(people.name, last_at) AS name, argMax(people.folded, last_at) AS folded, sum(assignments) AS n
FROM people
WHERE workspace_id = {workspace:String} AND role = 'contact' AND kind = ''
  AND id IN (
    SELECT id
    FROM
    (
        (SELECT id, folded
        FROM people
        WHERE workspace_id = {workspace:String} AND role = 'contact' AND kind = '' AND NOT empty({q:String})
          AND (startsWith(id, {q:String}) OR startsWith(id, upperUTF8({q:String})) OR startsWith(id, lowerUTF8({q:String})))
        LIMIT 10000)
        UNION ALL
        (SELECT id, folded
        FROM people
        WHERE workspace_id = {workspace:String} AND role = 'contact' AND kind = '' AND position(folded, $needle) > 0
        LIMIT 10000)
    )
    ORDER BY lowerUTF8(id) != lowerUTF8({q:String}), NOT startsWith(folded, $needle), folded, id
    LIMIT 1 BY id
    LIMIT {limit:UInt32})
GROUP BY id
HAVING n > 0
ORDER BY lowerUTF8(id) != lowerUTF8({q:String}), NOT startsWith(folded, $needle), folded, id
LIMIT {limit:UInt32}
