SELECT *
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
)
WHERE from_rank <= {size:UInt32} AND to_rank <= {size:UInt32}
ORDER BY from_rank, to_rank
