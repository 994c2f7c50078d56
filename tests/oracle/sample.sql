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
        CASE sys_updated_by WHEN 'Updated by 908' THEN 'workflow' ELSE 'user' END AS source,
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
    lag(moment) OVER rows AS previous_since,
    source,
    actor,
    lag(source, 1, '') OVER rows AS began_source,
    lag(actor, 1, '') OVER rows AS began_actor,
    lag(team, 1, '') OVER rows AS began_team
FROM compared
WHERE assignee <> previous_assignee
WINDOW rows AS (PARTITION BY incident ORDER BY moment, sequence)
ORDER BY incident, moment, sequence
