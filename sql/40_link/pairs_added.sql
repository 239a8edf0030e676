-- Reads candidate_pairs. Writes pairs_added. Grain: one blocking rule that brought records together first.
CREATE OR REPLACE TABLE pairs_added AS
SELECT blocking_rule AS rule, count(*) AS pairs_added
FROM candidate_pairs
GROUP BY blocking_rule
ORDER BY blocking_rule;
