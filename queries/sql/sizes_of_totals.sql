-- How many conversations have how many of `$measure`, in each part of the table; `$selected` of these
-- are such as the filter selects.
SELECT
    _part AS part, $measure AS size, count() AS conversations, $selected AS selected,
    min(first_bucket) AS first, max(last_bucket) AS last
FROM conversation_totals
WHERE workspace_id = {workspace:String}
GROUP BY part, size
