-- Reads usable_keys. Writes usable_blocks. Grain: as blocks, of the keys that are used. meetings is how many pairs of records
-- the key brings together, half of those that every record of the group has with others.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE usable_blocks AS
WITH counted AS (
    SELECT position, key, script, large_list, count(*) AS records
    FROM usable_keys
    GROUP BY ALL
),
totals AS (
    SELECT
        counted.*,
        sum(records) OVER (PARTITION BY position, key) AS everyone,
        sum(records) OVER (PARTITION BY position, key, script) AS same_script,
        sum(records) OVER (PARTITION BY position, key, large_list) AS same_list
    FROM counted
)
SELECT position, key, script, large_list, records,
    records * partners(records, everyone, same_script, same_list, script IS NOT NULL, large_list IS NOT NULL) / 2 AS meetings
FROM totals;
