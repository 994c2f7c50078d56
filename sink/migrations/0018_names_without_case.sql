-- Names are found whatever their case is, also where a letter has two in the other: ß is SS. Æ and œ
-- are found as ae and oe, which many type instead.
DROP VIEW IF EXISTS filter_contacts_mv;

CREATE MATERIALIZED VIEW IF NOT EXISTS filter_contacts_mv TO filter_contacts AS
SELECT
    workspace_id, contact_id, contact_name,
    replaceAll(replaceAll(replaceAll(translateUTF8(normalizeUTF8NFKC(replaceRegexpAll(lowerUTF8(normalizeUTF8NFKD(contact_name)), '[\\x{0300}-\\x{036F}\\x{0591}-\\x{05C7}\\x{064B}-\\x{065F}\\x{0670}]', '')), 'łøđıς', 'lodiσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') AS search_name,
    sum(toInt64(sign)) AS assignments, max(occurred_at) AS last_at
FROM assignment_landing
GROUP BY workspace_id, contact_id, contact_name, search_name;

TRUNCATE TABLE filter_contacts;

INSERT INTO filter_contacts
SELECT
    workspace_id, contact_id, contact_name,
    replaceAll(replaceAll(replaceAll(translateUTF8(normalizeUTF8NFKC(replaceRegexpAll(lowerUTF8(normalizeUTF8NFKD(contact_name)), '[\\x{0300}-\\x{036F}\\x{0591}-\\x{05C7}\\x{064B}-\\x{065F}\\x{0670}]', '')), 'łøđıς', 'lodiσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') AS search_name,
    toInt64(count()), max(occurred_at)
FROM assignment_log FINAL
GROUP BY workspace_id, contact_id, contact_name, search_name
SETTINGS do_not_merge_across_partitions_select_final = 1;
