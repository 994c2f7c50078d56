-- The assignments of those with the most; of those with as many it is the ids that say which.
SELECT conversation_id, contact_id, contact_name, previous_holder, holder
FROM selected
WHERE conversation_id IN (
    SELECT conversation_id
    FROM selected
    GROUP BY conversation_id
    HAVING count() > 1
    ORDER BY count() DESC, conversation_id
    LIMIT {limit:UInt32})
ORDER BY
    conversation_id, occurred_at, ifNull(sequence, -9223372036854775808), event_partition, event_offset
