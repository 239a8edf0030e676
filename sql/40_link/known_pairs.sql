-- Reads candidate_pairs, pairs_before, touched_records. Writes known_pairs. Grain: one candidate pair that the run before scored and
-- that nothing touched. The rule that brought it together is today's.
CREATE OR REPLACE TABLE known_pairs AS
SELECT pairs_before.* REPLACE (candidate_pairs.blocking_rule AS blocking_rule)
FROM pairs_before
JOIN candidate_pairs USING (record_id_l, record_id_r)
WHERE pairs_before.record_id_l NOT IN (SELECT record_id FROM touched_records)
    AND pairs_before.record_id_r NOT IN (SELECT record_id FROM touched_records)
ORDER BY pairs_before.record_id_l, pairs_before.record_id_r;
