-- Reads candidate_pairs, rules_of_births. Writes uncontradicted_pairs. Grain: one candidate pair whose births do
-- not all contradict each other (sql/macros/birth_grade.sql: 10), or that a rule made for which that is no matter.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE uncontradicted_pairs AS
SELECT candidate_pairs.*
FROM candidate_pairs
JOIN rules_of_births ON rules_of_births.rule = candidate_pairs.blocking_rule
WHERE rules_of_births.whatever_births OR candidate_pairs.birth < 10;
