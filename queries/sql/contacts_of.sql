SELECT DISTINCT contact_id
FROM assignment_log FINAL
WHERE workspace_id = {workspace:String} AND conversation_id IN {conversation:Array(String)}
