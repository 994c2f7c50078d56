SELECT timezone
FROM workspace_settings FINAL
WHERE workspace_id = {workspace:String}
