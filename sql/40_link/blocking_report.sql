-- Reads blocking_keys, blocking_rules, candidate_pairs. Writes blocking_report. Grain: one blocking rule.
CREATE OR REPLACE TABLE blocking_report AS
WITH blocks AS (
    SELECT rule, key, max(block_size) AS block_size
    FROM blocking_keys
    GROUP BY rule, key
),
unlikely AS (
    SELECT blocking_keys.rule, count(*) AS left_out
    FROM blocking_keys
    JOIN blocking_rules USING (rule)
    WHERE blocking_keys.block_size <= blocking_rules.cap
        AND blocking_keys.block_size > blocking_rules.cap * sqrt(blocking_keys.weight)
    GROUP BY blocking_keys.rule
),
keys AS (
    SELECT
        blocking_rules.position,
        blocking_rules.rule,
        blocking_rules.cap,
        count(blocks.key) AS keys,
        count(*) FILTER (WHERE blocks.block_size > blocking_rules.cap) AS keys_cut,
        coalesce(max(blocks.block_size), 0) AS largest_block
    FROM blocking_rules
    LEFT JOIN blocks USING (rule)
    GROUP BY ALL
),
added AS (
    SELECT blocking_rule AS rule, count(*) AS pairs_added
    FROM candidate_pairs
    GROUP BY blocking_rule
)
SELECT keys.position, keys.rule, keys.cap, keys.keys, keys.keys_cut, keys.largest_block,
    coalesce(unlikely.left_out, 0) AS unlikely_left_out, coalesce(added.pairs_added, 0) AS pairs_added
FROM keys
LEFT JOIN unlikely USING (rule)
LEFT JOIN added USING (rule)
ORDER BY keys.position;
