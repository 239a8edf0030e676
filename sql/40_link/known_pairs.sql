-- Reads candidate_pairs, scored_pairs_before, touched_records. Writes known_pairs. Grain: one candidate pair that the run before scored and
-- that nothing touched. The rule that brought it together is today's.
CREATE OR REPLACE TABLE known_pairs AS
SELECT scored_pairs_before.* REPLACE (candidate_pairs.blocking_rule AS blocking_rule)
FROM scored_pairs_before
JOIN candidate_pairs USING (record_id_l, record_id_r)
WHERE scored_pairs_before.record_id_l NOT IN (SELECT record_id FROM touched_records)
    AND scored_pairs_before.record_id_r NOT IN (SELECT record_id FROM touched_records)
ORDER BY scored_pairs_before.record_id_l, scored_pairs_before.record_id_r;
