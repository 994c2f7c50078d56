SELECT
    most.from_id AS from_id, froms.name AS from_name, most.to_id AS to_id, named.name AS to_name,
    most.handoffs AS handoffs
FROM (SELECT * FROM cells ORDER BY handoffs DESC, from_id, to_id LIMIT {limit:UInt32}) AS most
LEFT ANY JOIN froms ON froms.id = most.from_id
LEFT ANY JOIN named ON named.id = most.to_id
ORDER BY handoffs DESC, from_id, to_id
