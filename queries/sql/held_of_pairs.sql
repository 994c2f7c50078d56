-- Each selected assignment meets what ends it: an assignment of the same contact, held since then. Of
-- several at one instant the last one lasts; the others are over at once.
SELECT
    hold.1 AS holder_id, hold.2 AS team_id, hold.3 = last AS lasts,
    toInt64(1) AS begun, toInt64(NOT lasts OR until_ms != 0) AS ended,
    if(lasts, greatest(until_ms - {start:Int64}, 0) - (toUnixTimestamp64Milli(began) - {start:Int64}), 0) AS ms
FROM
(
    SELECT
        began, groupArrayIf((holder, assigned_to_team_id, place), begins) AS holds,
        maxIf(place, occurred_at = began) AS last,
        maxIf(toUnixTimestamp64Milli(occurred_at), occurred_at > began) AS until_ms
    FROM
    (
        SELECT
            contact_id, occurred_at AS began, occurred_at, holder, assigned_to_team_id, true AS begins,
            (ifNull(sequence, -9223372036854775808), event_partition, event_offset) AS place
        FROM selected
        UNION ALL
        SELECT
            contact_id, assumeNotNull(previous_since) AS began, occurred_at, '', '', false AS begins,
            (ifNull(sequence, -9223372036854775808), event_partition, event_offset) AS place
        FROM ends
        WHERE contact_id IN (SELECT contact_id FROM selected)
    )
    GROUP BY contact_id, began
    HAVING notEmpty(holds)
)
ARRAY JOIN holds AS hold
