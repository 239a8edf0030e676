-- Reads blocking_keys, blocking_rules. Writes candidate_pairs. Grain: one pair of records that share a key.
-- A key that is unlikely to be the name's counts only in a block that is the smaller for it.
CREATE OR REPLACE TABLE candidate_pairs AS
WITH usable AS (
    SELECT blocking_rules.position, blocking_keys.rule, blocking_keys.key, blocking_keys.record_id, blocking_keys.script
    FROM blocking_keys
    JOIN blocking_rules ON blocking_rules.rule = blocking_keys.rule
        AND blocking_keys.block_size BETWEEN 2 AND blocking_rules.cap * sqrt(blocking_keys.weight)
)
SELECT
    l.record_id AS record_id_l,
    r.record_id AS record_id_r,
    arg_min(l.rule, l.position) AS blocking_rule
FROM usable AS l
JOIN usable AS r ON r.rule = l.rule AND r.key = l.key AND r.record_id > l.record_id
    AND (l.script IS NULL OR l.script <> r.script)
GROUP BY l.record_id, r.record_id
ORDER BY l.record_id, r.record_id;
