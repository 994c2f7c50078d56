SELECT contact_id
FROM assignments
WHERE workspace_id = {workspace:String} AND conversation_id = {conversation:String}
  AND occurred_at IN (
    SELECT occurred_at
    FROM history_counts
    WHERE workspace_id = {workspace:String} AND history_counts.kind = 'conversation' AND id = {conversation:String})
LIMIT 1
