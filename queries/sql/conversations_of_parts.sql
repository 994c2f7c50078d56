-- Where some conversations have rows in several parts: what is not in the largest part is read, and
-- of the largest what may reach `floor` together with it. It has `beside` there at most, or is named.
WITH rest AS (
    SELECT *
    FROM conversation_totals
    WHERE workspace_id = {workspace:String} AND _part != {largest:String}
)
SELECT
    conversation_hash, sum($number) AS number,
    min(first_bucket) >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
        AND max(last_bucket) < toDateTime(intDiv({end:Int64}, 1000), 'UTC') AS within
FROM (
    SELECT *
    FROM conversation_totals
    WHERE workspace_id = {workspace:String} AND _part = {largest:String}
      AND $measure >= {floor:Int32} - {beside:Int32}
    UNION ALL
    SELECT *
    FROM conversation_totals
    WHERE workspace_id = {workspace:String} AND _part = {largest:String}
      AND $measure < {floor:Int32} - {beside:Int32}
      AND conversation_hash IN (
        SELECT conversation_hash FROM rest GROUP BY conversation_hash HAVING sum($measure) > {beside:Int32})
    UNION ALL
    SELECT * FROM rest
)
GROUP BY conversation_hash
HAVING sum($measure) >= {floor:Int32} AND number >= {least:Int32}
  AND max(last_bucket) >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
  AND min(first_bucket) < toDateTime(intDiv({end:Int64}, 1000), 'UTC')
ORDER BY number DESC, conversation_hash
LIMIT {limit:UInt32}
