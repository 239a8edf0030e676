-- Reads candidate_pairs, known_pairs. Writes pairs_to_score. Grain: one candidate pair that is not known.
CREATE OR REPLACE TABLE pairs_to_score AS
SELECT candidate_pairs.*
FROM candidate_pairs
ANTI JOIN known_pairs
    ON known_pairs.number_l = candidate_pairs.record_id_l AND known_pairs.number_r = candidate_pairs.record_id_r
ORDER BY candidate_pairs.record_id_l, candidate_pairs.record_id_r;
