-- Whether nothing followed: it is of the contact's last instant, and the last of several at it. What
-- follows another at one instant says that this one was held since then.
(contact_id, occurred_at) IN (
    SELECT contact_id, max(occurred_at)
    FROM assignment_log FINAL
    WHERE workspace_id = {workspace:String} AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
    GROUP BY contact_id)
AND ((contact_id, occurred_at) NOT IN (
    SELECT contact_id, occurred_at
    FROM assignment_log FINAL
    WHERE workspace_id = {workspace:String} AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
      AND previous_since = occurred_at)
OR (contact_id, occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset) IN (
    SELECT contact_id, last.1, last.2, last.3, last.4
    FROM
    (
        SELECT contact_id, max((occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset)) AS last
        FROM assignment_log FINAL
        WHERE workspace_id = {workspace:String} AND occurred_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')
          AND previous_since = occurred_at
        GROUP BY contact_id, occurred_at
    )))
