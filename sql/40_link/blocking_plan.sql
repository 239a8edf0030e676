-- Reads blocking_rules, blocks, usable_blocks. Writes blocking_plan. Grain: one blocking rule: what its blocks cost and what
-- its cap cuts, known before any pair is made. meetings counts a pair once for every key it shares under the rule.
-- meetings_cut are those that keys over the cap, or too unlikely in a block of their size, would have brought about.
CREATE OR REPLACE TABLE blocking_plan AS
WITH by_key AS (
    SELECT position, key, max(block_size) AS block_size, sum(records * (block_size - 1)) / 2 AS meetings
    FROM blocks
    GROUP BY position, key
),
all_blocks AS (
    SELECT
        position,
        count(*) AS keys,
        count(*) FILTER (WHERE by_key.block_size > blocking_rules.cap) AS keys_cut,
        max(by_key.block_size) FILTER (WHERE by_key.block_size <= blocking_rules.cap) AS largest_block,
        max(by_key.block_size) FILTER (WHERE by_key.block_size > blocking_rules.cap) AS largest_block_cut,
        sum(by_key.meetings) AS meetings
    FROM by_key
    JOIN blocking_rules USING (position)
    WHERE by_key.block_size > 1
    GROUP BY position
),
used AS (
    SELECT position, sum(meetings) AS meetings
    FROM usable_blocks
    GROUP BY position
)
SELECT
    blocking_rules.position,
    blocking_rules.rule,
    blocking_rules.cap,
    coalesce(all_blocks.keys, 0) AS keys,
    coalesce(all_blocks.keys_cut, 0) AS keys_cut,
    coalesce(all_blocks.largest_block, 0)::BIGINT AS largest_block,
    coalesce(all_blocks.largest_block_cut, 0)::BIGINT AS largest_block_cut,
    coalesce(used.meetings, 0)::BIGINT AS meetings,
    (coalesce(all_blocks.meetings, 0) - coalesce(used.meetings, 0))::BIGINT AS meetings_cut
FROM blocking_rules
LEFT JOIN all_blocks USING (position)
LEFT JOIN used USING (position)
ORDER BY blocking_rules.position;
