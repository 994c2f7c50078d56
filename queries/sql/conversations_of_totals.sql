-- Where each conversation is one row.
SELECT
    conversation_hash, $number AS number,
    first_bucket >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
        AND last_bucket < toDateTime(intDiv({end:Int64}, 1000), 'UTC') AS within
FROM conversation_totals
WHERE workspace_id = {workspace:String}
  AND $measure >= {floor:Int32} AND number >= {least:Int32}
  AND last_bucket >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
  AND first_bucket < toDateTime(intDiv({end:Int64}, 1000), 'UTC')
ORDER BY number DESC, conversation_hash
LIMIT {limit:UInt32}
