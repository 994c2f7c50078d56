-- Of one conversation, or of several.
SELECT *
FROM conversation_moves
WHERE $matches
  AND conversation_hash IN (SELECT sipHash64(arrayJoin({conversation:Array(String)})))
