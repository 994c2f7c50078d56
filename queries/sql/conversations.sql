SELECT conversation_id, count() AS assignments
FROM assignment_log FINAL
WHERE $matches
  AND $at
GROUP BY conversation_id
HAVING assignments > 1
ORDER BY assignments DESC, conversation_id
LIMIT {limit:UInt32}
