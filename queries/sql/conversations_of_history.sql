SELECT conversation_hash, sum(assignments) AS number
FROM history
GROUP BY conversation_hash
HAVING number > 1
ORDER BY number DESC, conversation_hash
LIMIT {limit:UInt32}
