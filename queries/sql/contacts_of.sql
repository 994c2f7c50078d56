SELECT contact_id
FROM conversation_moves
WHERE workspace_id = {workspace:String}
  AND conversation_hash IN (SELECT sipHash64(arrayJoin({conversation:Array(String)})))
  AND conversation_id IN {conversation:Array(String)}
GROUP BY contact_id
HAVING sum(assignments) > 0
