-- Reads usable_keys, left_records, blocking_rules. Writes candidate_pairs. Grain: one pair of records that share a key, the
-- left one among those asked for.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE candidate_pairs AS
WITH met AS (
    SELECT l.record_id AS record_id_l, r.record_id AS record_id_r, min(l.position) AS position
    FROM usable_keys AS l
    JOIN left_records ON l.record_id BETWEEN left_records.first AND left_records.last
    JOIN usable_keys AS r ON r.position = l.position AND r.key = l.key AND r.record_id > l.record_id
        AND (l.script IS NULL OR l.script <> r.script)
        AND (l.large_list IS NULL OR r.large_list IS NULL OR l.large_list <> r.large_list)
    GROUP BY l.record_id, r.record_id
)
SELECT met.record_id_l, met.record_id_r, blocking_rules.rule AS blocking_rule
FROM met
JOIN blocking_rules USING (position);
