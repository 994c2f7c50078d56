-- Whole months and whole days are there added up; what is left at either end lies in quarters.
SELECT
    holder_id, team_id, sum(assignments) AS starts, sum(ended) AS ends,
    sum(ended_ms) - sum(began_ms) + (starts - ends) * {now:Int64} AS ms
FROM hold_sums
WHERE workspace_id = {workspace:String}
  AND (
    (grain = 'month' AND hold_sums.starts >= {first_month:Date} AND hold_sums.starts < {after_months:Date})
    OR (grain = 'day' AND hold_sums.starts >= {first_day:Date} AND hold_sums.starts < {first_month:Date})
    OR (grain = 'day' AND hold_sums.starts >= {after_months:Date} AND hold_sums.starts < {after_days:Date})
    OR (grain = 'quarter' AND hold_sums.starts >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
        AND hold_sums.starts < least(toDateTime({first_day:Date}, 'UTC'), toDateTime(intDiv({end:Int64}, 1000), 'UTC')))
    OR (grain = 'quarter' AND hold_sums.starts >= toDateTime({after_days:Date}, 'UTC')
        AND hold_sums.starts < toDateTime(intDiv({end:Int64}, 1000), 'UTC')))
  AND (empty({assigned_to:Array(String)}) OR holder_id IN {assigned_to:Array(String)})
  AND (empty({team:Array(String)}) OR team_id IN {team:Array(String)})
  AND (empty({kind:Array(String)}) OR if(empty(holder_id), 'unassignment', 'assignment') IN {kind:Array(String)})
GROUP BY holder_id, team_id
