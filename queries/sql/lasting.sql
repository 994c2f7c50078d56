-- Each selected assignment meets the one that ends it: of the same contact, held since then. Of those
-- at one instant only the last lasts: the others end each other there, and are ended by nothing else.
SELECT holder.1 AS holder_id, holder.2 AS team_id, toUnixTimestamp64Milli(began) AS began_ms, until_ms
FROM
(
    SELECT
        contact_id, began, argMaxIf((assigned_to_id, team_id), place, opens) AS holder,
        maxIf(toUnixTimestamp64Milli(occurred_at), occurred_at > began) AS until_ms
    FROM
    (
        SELECT
            contact_id, occurred_at AS began, occurred_at, assigned_to_id, team_id, true AS opens,
            (ifNull(sequence, -9223372036854775808), event_partition, event_offset) AS place
        FROM selected
        UNION ALL
        SELECT contact_id, assumeNotNull(previous_since) AS began, occurred_at, '', '', false AS opens, place
        FROM endings
    )
    GROUP BY contact_id, began
    HAVING maxIf(place, opens) = maxIf(place, occurred_at = began) AND countIf(opens) > 0
)
