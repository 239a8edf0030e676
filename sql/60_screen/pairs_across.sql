-- Reads candidate_pairs, persons, screened_source. Writes pairs_across. Grain: one candidate pair of a screened person
-- and a listing, or of two screened persons, which may be one: rivals then (link/overlap.py).
CREATE OR REPLACE TABLE pairs_across AS
SELECT candidate_pairs.*
FROM candidate_pairs
JOIN persons AS l ON l.record_id = candidate_pairs.record_id_l
JOIN persons AS r ON r.record_id = candidate_pairs.record_id_r
CROSS JOIN screened_source
WHERE screened_source.source IN (l.source, r.source)
ORDER BY candidate_pairs.record_id_l, candidate_pairs.record_id_r;
