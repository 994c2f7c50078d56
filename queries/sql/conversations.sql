SELECT sipHash64(conversation_id) AS conversation_hash, count() AS number
FROM assignment_log FINAL
WHERE $matches
  AND $at
GROUP BY conversation_id
HAVING number > 1
ORDER BY number DESC, conversation_hash
LIMIT {limit:UInt32}
