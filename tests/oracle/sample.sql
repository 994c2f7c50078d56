WITH
changes AS (
    SELECT
        number AS incident,
        strptime(sys_updated_at, '%d-%m-%Y %H:%M') AS moment,
        CAST(sys_mod_count AS BIGINT) AS sequence,
        caller_id AS caller,
        replace(assigned_to, '?', '') AS assignee,
        CASE WHEN assigned_to = '?' OR assignment_group = '?' THEN '' ELSE assignment_group END
            AS team,
        sys_updated_by AS actor
    FROM read_csv($file, header = true, all_varchar = true)
),
compared AS (
    SELECT
        *,
        lag(assignee, 1, '') OVER contact AS previous_assignee,
        lag(team, 1, '') OVER contact AS previous_team
    FROM changes
    WINDOW contact AS (PARTITION BY incident ORDER BY moment, sequence)
)
SELECT
    incident,
    moment,
    sequence,
    caller,
    assignee,
    team,
    previous_assignee,
    previous_team,
    lag(moment) OVER (PARTITION BY incident ORDER BY moment, sequence) AS previous_since,
    CASE actor WHEN 'Updated by 908' THEN 'workflow' ELSE 'user' END AS source,
    actor
FROM compared
WHERE assignee <> previous_assignee
ORDER BY incident, moment, sequence
