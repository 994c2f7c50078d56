-- By the name that is shown, or by id; the exact id first, then who has most.
SELECT people.kind AS kind, id, argMax(people.name, last_at) AS name, sum(assignments) AS n
FROM people
WHERE workspace_id = {workspace:String} AND role = {role:String} AND kind IN {kinds:Array(String)} AND id != ''
GROUP BY kind, id
HAVING n > 0
    AND (empty({q:String}) OR startsWith(lowerUTF8(id), lowerUTF8({q:String}))
        OR position(argMax(folded, last_at), $needle) > 0)
ORDER BY lowerUTF8(id) != lowerUTF8({q:String}), n DESC, id, kind
LIMIT {limit:UInt32}
