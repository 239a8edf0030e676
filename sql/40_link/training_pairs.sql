-- Reads comparison_vectors, persons, record_numbers. Writes training_pairs. Grain: one candidate pair whose names share two tokens or more, or
-- were compared by sound.
CREATE OR REPLACE TABLE training_pairs AS
SELECT
    row_number() OVER (ORDER BY comparison_vectors.record_id_l, comparison_vectors.record_id_r) AS vector_id,
    comparison_vectors.* EXCLUDE (blocking_rule, name_l, name_r, name_similarity, rarity_bits, token_bits)
        REPLACE (number_l.record_id AS record_id_l, number_r.record_id AS record_id_r),
    coalesce(comparison_vectors.token_bits, 0) AS rarity_bits_of_tokens,
    l.source = r.source AS is_same_list
FROM comparison_vectors
JOIN persons AS l ON l.record_id = comparison_vectors.record_id_l
JOIN persons AS r ON r.record_id = comparison_vectors.record_id_r
JOIN record_numbers AS number_l ON number_l.number = comparison_vectors.record_id_l
JOIN record_numbers AS number_r ON number_r.number = comparison_vectors.record_id_r
WHERE comparison_vectors.name NOT IN (6, 7)
ORDER BY vector_id;
