-- How many conversations have how many assignments and unassignments, in each part of the table; and
-- what moved them.
SELECT
    _part AS part, assignments, to_nobody, count() AS conversations,
    sum(by_developer_api) AS by_developer_api, sum(by_workflow) AS by_workflow, sum(by_bot) AS by_bot,
    sum(by_zapier) AS by_zapier, sum(by_make) AS by_make, sum(by_user) AS by_user,
    sum(by_contact_import) AS by_contact_import, sum(by_close_conversation) AS by_close_conversation,
    sum(by_click_to_chat_ad) AS by_click_to_chat_ad,
    min(first_bucket) AS first, max(last_bucket) AS last
FROM conversation_totals
WHERE workspace_id = {workspace:String}
GROUP BY part, assignments, to_nobody
