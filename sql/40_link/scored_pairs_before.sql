-- Reads stored_scored_pairs_before, record_numbers. Writes scored_pairs_before. Grain: one pair that the run before scored, of
-- records that there still are, with their numbers of today.
CREATE OR REPLACE TABLE scored_pairs_before AS
SELECT stored_scored_pairs_before.*, l.number AS number_l, r.number AS number_r
FROM stored_scored_pairs_before
JOIN record_numbers AS l ON l.record_id = stored_scored_pairs_before.record_id_l
JOIN record_numbers AS r ON r.record_id = stored_scored_pairs_before.record_id_r
ORDER BY l.number, r.number;
