-- Reads candidate_pairs, persons, screened_source. Writes pairs_across. Grain: one candidate pair of a screened person and a listing.
CREATE OR REPLACE TABLE pairs_across AS
SELECT candidate_pairs.*
FROM candidate_pairs
JOIN persons AS l ON l.record_id = candidate_pairs.record_id_l
JOIN persons AS r ON r.record_id = candidate_pairs.record_id_r
CROSS JOIN screened_source
WHERE (l.source = screened_source.source) <> (r.source = screened_source.source)
ORDER BY candidate_pairs.record_id_l, candidate_pairs.record_id_r;
