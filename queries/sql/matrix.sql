SELECT
    largest.from_id AS from_id, froms.name AS from_name, from_total, from_rank,
    largest.to_id AS to_id, named.name AS to_name, to_total, to_rank,
    handoffs, all_handoffs
FROM
(
    SELECT
        *,
        sum(handoffs) OVER () AS all_handoffs,
        dense_rank() OVER (ORDER BY from_total DESC, from_id) AS from_rank,
        dense_rank() OVER (ORDER BY to_total DESC, to_id) AS to_rank
    FROM
    (
        SELECT
            *,
            sum(handoffs) OVER (PARTITION BY from_id) AS from_total,
            sum(handoffs) OVER (PARTITION BY to_id) AS to_total
        FROM cells
    )
    QUALIFY from_rank <= {size:UInt32} AND to_rank <= {size:UInt32}
) AS largest
LEFT ANY JOIN froms ON froms.id = largest.from_id
LEFT ANY JOIN named ON named.id = largest.to_id
ORDER BY from_rank, to_rank
