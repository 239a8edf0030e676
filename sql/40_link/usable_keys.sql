-- Reads blocking_keys, blocks, blocking_rules. Writes usable_keys. Grain: one key of a record in a block within its rule's cap.
-- A key that is unlikely to be the name's counts only in a block that is the smaller for it. Of a large list only those keys
-- are left that a record elsewhere can use: a block may be small seen from there and cut seen from here.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE usable_keys AS
WITH within_cap AS (
    SELECT blocking_keys.position, blocking_keys.key, blocking_keys.record_id, blocking_keys.script, blocking_keys.large_list
    FROM blocking_keys
    JOIN blocking_rules USING (position)
    JOIN blocks ON blocks.position = blocking_keys.position AND blocks.key = blocking_keys.key
        AND blocks.script IS NOT DISTINCT FROM blocking_keys.script
        AND blocks.large_list IS NOT DISTINCT FROM blocking_keys.large_list
        AND blocks.block_size BETWEEN 2 AND blocking_rules.cap * sqrt(blocking_keys.weight)
),
elsewhere AS (
    SELECT position, key, min(coalesce(large_list, 0)) AS first_list, max(coalesce(large_list, 0)) AS last_list
    FROM within_cap
    GROUP BY position, key
)
SELECT within_cap.*
FROM within_cap
JOIN elsewhere USING (position, key)
WHERE within_cap.large_list IS NULL OR elsewhere.first_list <> elsewhere.last_list;
