-- By the name that is shown, or by id; the exact id first, then who has most.
SELECT id, argMax(people.name, last_at) AS name, sum(assignments) AS n
FROM people
WHERE workspace_id = {workspace:String} AND role = {role:String} AND kind = {kind:String} AND id != ''
GROUP BY id
HAVING n > 0
    AND (empty({q:String}) OR startsWith(lowerUTF8(id), lowerUTF8({q:String}))
        OR position(argMax(folded, last_at), $needle) > 0)
ORDER BY lowerUTF8(id) != lowerUTF8({q:String}), n DESC, id
LIMIT {limit:UInt32}
