-- Reads candidate_pairs, scored_pairs_before, touched_records. Writes known_pairs. Grain: one candidate pair that the run before
-- scored and that nothing touched, with the numbers of its records. The rule that brought it together is today's.
CREATE OR REPLACE TABLE known_pairs AS
SELECT scored_pairs_before.* REPLACE (candidate_pairs.blocking_rule AS blocking_rule)
FROM scored_pairs_before
JOIN candidate_pairs
    ON candidate_pairs.record_id_l = scored_pairs_before.number_l AND candidate_pairs.record_id_r = scored_pairs_before.number_r
WHERE scored_pairs_before.number_l NOT IN (SELECT record_id FROM touched_records)
    AND scored_pairs_before.number_r NOT IN (SELECT record_id FROM touched_records)
ORDER BY scored_pairs_before.number_l, scored_pairs_before.number_r;
