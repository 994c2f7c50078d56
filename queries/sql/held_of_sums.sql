-- Whole months and days are there added up (the days of a month that are not asked for are taken off
-- it); what is left at either end lies in quarters. Where a row did not say what began the hold it
-- ends, the sums cannot be told apart: `unknown`.
WITH if(grain = 'day' AND NOT (starts >= toDateTime({first_day:Date}, 'UTC') AND starts < toDateTime({after_days:Date}, 'UTC')), -1, 1) AS taken
SELECT
    empty(holder_id) AS is_nobody,
    toString(if({by:String} = 'team' AND NOT is_nobody, team_id, holder_id)) AS id,
    toInt64(sum(assignments * taken)) AS holds, holds - toInt64(sum(ended * taken)) AS running,
    toInt64(sum((ended_ms - began_ms) * taken)) + running * {now:Int64} AS held_ms,
    max({told_apart:Bool} AND empty(source)) AS unknown
FROM hold_origins
WHERE workspace_id = {workspace:String}
  AND (
    (told = 'each' AND grain = 'quarter' AND starts >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
        AND starts < least(toDateTime({first_day:Date}, 'UTC'), toDateTime(intDiv({end:Int64}, 1000), 'UTC')))
    OR (told = 'each' AND grain = 'quarter' AND starts >= toDateTime({after_days:Date}, 'UTC')
        AND starts < toDateTime(intDiv({end:Int64}, 1000), 'UTC'))
    OR (told = {told:String} AND grain = 'day' AND starts >= {left_start:Date} AND starts < {left_end:Date})
    OR (told = {told:String} AND grain = 'day' AND starts >= {right_start:Date} AND starts < {right_end:Date})
    OR (told = {told:String} AND grain = 'month' AND starts >= {first_month:Date} AND starts < {after_months:Date}))
  AND (empty({source:Array(String)}) OR source IN {source:Array(String)} OR empty(source))
  AND (empty({assigned_by:Array(String)}) OR user_id IN {assigned_by:Array(String)} OR empty(source))
  AND (empty({assigned_to:Array(String)}) OR holder_id IN {assigned_to:Array(String)})
  AND (empty({team:Array(String)}) OR team_id IN {team:Array(String)} OR empty(source))
  AND (empty({kind:Array(String)}) OR if(empty(holder_id), 'unassignment', 'assignment') IN {kind:Array(String)})
GROUP BY is_nobody, id
HAVING holds > 0 OR unknown
ORDER BY unknown DESC, held_ms DESC, is_nobody, id
LIMIT {limit:UInt32}
