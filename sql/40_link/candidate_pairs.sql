-- Reads usable_keys, asked_records, blocking_rules. Writes candidate_pairs. Grain: one pair of records that share a key, of
-- which one is asked for: the left one, and where one is of a large list the other.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE candidate_pairs AS
WITH asked AS (
    SELECT usable_keys.*
    FROM usable_keys
    JOIN asked_records ON usable_keys.record_id BETWEEN asked_records.first AND asked_records.last
),
listed AS (
    SELECT *
    FROM usable_keys
    WHERE large_list IS NOT NULL
),
meetings AS (
    -- a record of no large list, and any other
    SELECT one.record_id AS one, other.record_id AS other, one.position
    FROM asked AS one
    JOIN usable_keys AS other ON other.position = one.position AND other.key = one.key
        AND (one.script IS NULL OR one.script <> other.script)
        AND (other.record_id > one.record_id OR other.large_list IS NOT NULL)
    WHERE one.large_list IS NULL
    UNION ALL
    -- records of two large lists
    SELECT one.record_id, other.record_id, one.position
    FROM asked AS one
    JOIN listed AS other ON other.position = one.position AND other.key = one.key
        AND (one.script IS NULL OR one.script <> other.script) AND other.large_list > one.large_list
),
met AS (
    SELECT least(one, other) AS record_id_l, greatest(one, other) AS record_id_r, min(position) AS position
    FROM meetings
    GROUP BY ALL
)
SELECT met.record_id_l, met.record_id_r, blocking_rules.rule AS blocking_rule
FROM met
JOIN blocking_rules USING (position);
