-- Reads usable_keys, persons, screened_source. Writes keys_to_screen. Grain: one key of a record under a rule, of those keys
-- that a screened person has. How many records have a key was counted over all.
CREATE OR REPLACE TABLE keys_to_screen AS
WITH asked AS (
    SELECT DISTINCT usable_keys.position, usable_keys.key
    FROM usable_keys
    JOIN persons USING (record_id)
    JOIN screened_source USING (source)
)
SELECT usable_keys.*
FROM usable_keys
JOIN asked USING (position, key)
ORDER BY usable_keys.position, usable_keys.key, usable_keys.record_id, usable_keys.script;
