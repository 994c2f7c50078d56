SELECT contact_id
FROM assignments
WHERE workspace_id = {workspace:String} AND conversation_id = {conversation:String}
LIMIT 1
