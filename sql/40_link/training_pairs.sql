-- Reads comparison_vectors, persons. Writes training_pairs. Grain: one candidate pair whose names share two tokens or more, or
-- were compared by sound.
CREATE OR REPLACE TABLE training_pairs AS
SELECT
    row_number() OVER (ORDER BY record_id_l, record_id_r) AS vector_id,
    comparison_vectors.* EXCLUDE (blocking_rule, name_l, name_r, name_similarity, rarity_bits, token_bits),
    coalesce(comparison_vectors.token_bits, 0) AS rarity_bits_of_tokens,
    l.source = r.source AS is_same_list
FROM comparison_vectors
JOIN persons AS l ON l.record_id = comparison_vectors.record_id_l
JOIN persons AS r ON r.record_id = comparison_vectors.record_id_r
WHERE comparison_vectors.name NOT IN (6, 7)
ORDER BY vector_id;
