-- A conversation is open for three days at most, and each contact has five in the year.
INSERT INTO raw_events
SELECT
    generateUUIDv4(), '1', toString(contact),
    concat(['José', 'Zoë', 'Lars', 'Ольга', '李雷', 'Amina', 'Noé', 'Bo'][contact % 8 + 1], ' ', toString(contact)),
    concat(toString(contact), '-', toString(conversation)),
    toDateTime64('2025-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(
        cityHash64(contact, conversation, 2) % (31536000000 - 259200000) + cityHash64(number, 2) % 259200000),
    if(nobody, '', toString(agent)), if(nobody, '', concat('Agent ', toString(agent))),
    if(nobody, '', toString(agent % 10)), if(nobody, '', concat('Team ', toString(agent % 10))),
    ['workflow', 'workflow', 'workflow', 'user', 'user', 'bot', 'developer_api', 'zapier', 'close_conversation', 'click_to_chat_ad'][kind + 1],
    actor, concat('Actor ', actor)
FROM
(
    SELECT
        number, cityHash64(number, 1) % {contacts:UInt32} AS contact, cityHash64(number, 6) % 5 AS conversation,
        cityHash64(number, 3) % 100 < 15 AS nobody, cityHash64(number, 4) % 200 + 1 AS agent,
        cityHash64(number, 5) % 10 AS kind,
        toString(if(kind IN (3, 4), cityHash64(number, 7) % 200 + 1, cityHash64(number, 7) % 12)) AS actor
    FROM numbers({events:UInt64})
    WHERE contact % {shards:UInt32} = {shard:UInt32}
)
SETTINGS max_execution_time = 3600
