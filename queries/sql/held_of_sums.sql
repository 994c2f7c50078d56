-- Whole months and days are there added up (the days of a month that are not asked for are taken off
-- it); what is left at either end lies in quarters.
SELECT
    holder_id, '' AS team_id, sum(assignments * taken) AS starts, sum(ended * taken) AS ends,
    sum((ended_ms - began_ms) * taken) + (starts - ends) * {now:Int64} AS ms
FROM
(
    SELECT
        *,
        if(grain = 'day' AND NOT (hold_sums.starts >= toDateTime({first_day:Date}, 'UTC')
            AND hold_sums.starts < toDateTime({after_days:Date}, 'UTC')), -1, 1) AS taken
    FROM hold_sums
    WHERE workspace_id = {workspace:String}
      AND (
        (grain = 'month' AND hold_sums.starts >= {first_month:Date} AND hold_sums.starts < {after_months:Date})
        OR (grain = 'day' AND hold_sums.starts >= {left_start:Date} AND hold_sums.starts < {left_end:Date})
        OR (grain = 'day' AND hold_sums.starts >= {right_start:Date} AND hold_sums.starts < {right_end:Date})
        OR (grain = 'quarter' AND hold_sums.starts >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
            AND hold_sums.starts < least(toDateTime({first_day:Date}, 'UTC'), toDateTime(intDiv({end:Int64}, 1000), 'UTC')))
        OR (grain = 'quarter' AND hold_sums.starts >= toDateTime({after_days:Date}, 'UTC')
            AND hold_sums.starts < toDateTime(intDiv({end:Int64}, 1000), 'UTC')))
      AND (empty({assigned_to:Array(String)}) OR holder_id IN {assigned_to:Array(String)})
      AND (empty({kind:Array(String)}) OR if(empty(holder_id), 'unassignment', 'assignment') IN {kind:Array(String)})
)
GROUP BY holder_id
