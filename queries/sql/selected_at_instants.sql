SELECT *
FROM matching
WHERE occurred_at IN arrayMap(ms -> fromUnixTimestamp64Milli(ms, 'UTC'), {instants:Array(Int64)})
