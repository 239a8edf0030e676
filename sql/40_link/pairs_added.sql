-- Reads candidate_pairs, birth_evidence, rules_of_births. Writes pairs_added. Grain: one blocking rule that brought records
-- together first; contradicted of them are pairs that are not compared, since their births contradict each other.
CREATE OR REPLACE TABLE pairs_added AS
SELECT
    candidate_pairs.blocking_rule AS rule,
    count(*) AS pairs_added,
    count(*) FILTER (WHERE NOT rules_of_births.whatever_births AND birth_evidence.grade = 10) AS contradicted
FROM candidate_pairs
JOIN rules_of_births ON rules_of_births.rule = candidate_pairs.blocking_rule
LEFT JOIN birth_evidence USING (record_id_l, record_id_r)
GROUP BY candidate_pairs.blocking_rule
ORDER BY candidate_pairs.blocking_rule;
