-- Reads candidate_pairs, unlikely_pairs_before. Writes still_unlikely_pairs. Grain: one candidate pair that was too unlikely
-- to keep and still is.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE still_unlikely_pairs AS
SELECT candidate_pairs.record_id_l, candidate_pairs.record_id_r
FROM candidate_pairs
SEMI JOIN unlikely_pairs_before USING (record_id_l, record_id_r);
