SELECT DISTINCT contact_id
FROM assignment_log FINAL
WHERE workspace_id = {workspace:String} AND conversation_id IN {conversation:Array(String)}
  AND occurred_at IN (
    SELECT occurred_at
    FROM history_counts
    WHERE workspace_id = {workspace:String} AND history_counts.kind = 'conversation' AND id IN {conversation:Array(String)})
