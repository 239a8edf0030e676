-- Reads blocking_keys, persons, screened_source. Writes keys_to_screen. Grain: one key of a record under a rule, of those keys
-- that a screened person has. How many records have a key is counted over all.
CREATE OR REPLACE TABLE keys_to_screen AS
WITH asked AS (
    SELECT DISTINCT blocking_keys.rule, blocking_keys.key
    FROM blocking_keys
    JOIN persons USING (record_id)
    JOIN screened_source USING (source)
)
SELECT blocking_keys.*
FROM blocking_keys
JOIN asked USING (rule, key)
ORDER BY blocking_keys.rule, blocking_keys.key, blocking_keys.record_id, blocking_keys.script;
