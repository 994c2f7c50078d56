SELECT
    cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8], cells[9],
    cells[10], cells[11], cells[12], cells[13], cells[14], cells[15], cells[16]
FROM
(
    SELECT
        occurred_at, contact_id, place, event_partition, event_offset,
        -- One line per row, no control characters, nothing that turns the direction of reading (a
        -- run of them is one space; JSON Lines and Parquet have them as they came), and nothing
        -- that a spreadsheet takes for a formula, whatever spaces and invisible characters of
        -- Unicode it overlooks before the sign.
        arrayMap(
            cell -> if(match(cell, '^[\\s\\p{Z}\\p{C}]*[=+\\-@＝＋－＠]') AND cell != '-', concat('\'', cell), cell),
            arrayMap(
                cell -> replaceRegexpAll(cell, '[\\p{Cc}\\x{061C}\\x{200E}\\x{200F}\\x{2028}-\\x{202E}\\x{2066}-\\x{2069}]+', ' '),
                [
                    toString(toTimeZone(occurred_at, {timezone:String})), conversation_id, contact_id,
                    contact_name, previous_assignee, assigned_to, source_label, assigned_by,
                    toString(event_id), toString(occurred_at), previous_assignee_id, assigned_to_id,
                    team, actor_name, previous_assignee_kind, assigned_to_kind
                ])) AS cells
    FROM shown
    WHERE cityHash64(event_id) % {slices:UInt32} = {slice:UInt32}
)
ORDER BY occurred_at, contact_id, place, event_partition, event_offset
