-- The largest on either side, and what all of its side add up to.
SELECT
    found.side AS side, found.id AS id, if(side = 'from', froms.name, named.name) AS name,
    found.total AS total, found.everything AS everything
FROM
(
    SELECT side, id, total, sum(total) OVER (PARTITION BY side) AS everything
    FROM (SELECT side, id, sum(n) AS total FROM sides GROUP BY side, id)
    WHERE total > 0
    ORDER BY total DESC, id
    LIMIT {size:UInt32} BY side
) AS found
LEFT ANY JOIN froms ON froms.id = found.id
LEFT ANY JOIN named ON named.id = found.id
ORDER BY side, total DESC, id
