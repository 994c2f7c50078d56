SELECT toUnixTimestamp(bucket) AS at, source, is_unassignment AS nobody, assignments AS n
FROM source_counts
WHERE workspace_id = {workspace:String}
  AND bucket >= toDateTime(intDiv({start:Int64}, 1000), 'UTC')
  AND bucket < toDateTime(intDiv({end:Int64}, 1000), 'UTC')
  AND $filters
