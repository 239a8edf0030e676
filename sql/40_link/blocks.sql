-- Reads blocking_keys. Writes blocks. Grain: one key under a rule that two records or more have, by script where scripts
-- matter and by large list. block_size is how many records one of these meets under the key, and itself.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE blocks AS
WITH counted AS (
    SELECT position, key, script, large_list, count(*) AS records
    FROM blocking_keys
    GROUP BY ALL
),
totals AS (
    SELECT position, key, sum(records) AS everyone
    FROM counted
    GROUP BY ALL
    HAVING sum(records) > 1
),
shared AS (
    SELECT
        counted.*,
        totals.everyone,
        sum(counted.records) OVER (PARTITION BY counted.position, counted.key, counted.script) AS same_script,
        sum(counted.records) OVER (PARTITION BY counted.position, counted.key, counted.large_list) AS same_list
    FROM counted
    JOIN totals USING (position, key)
    WHERE counted.script IS NOT NULL OR counted.large_list IS NOT NULL
)
SELECT position, key, script, large_list, records,
    partners(records, everyone, same_script, same_list, script IS NOT NULL, large_list IS NOT NULL) + 1 AS block_size
FROM shared
UNION ALL
SELECT counted.position, counted.key, NULL, NULL, counted.records, totals.everyone::BIGINT
FROM counted
JOIN totals USING (position, key)
WHERE counted.script IS NULL AND counted.large_list IS NULL;
