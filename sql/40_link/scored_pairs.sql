-- Reads comparison_vectors, vectors, kept_vectors, vector_weights, level_names, persons, record_numbers. Writes scored_pairs. Grain: one scored candidate pair.
CREATE OR REPLACE TABLE scored_pairs AS
SELECT
    l.source AS source_l,
    number_l.record_id AS record_id_l,
    r.source AS source_r,
    number_r.record_id AS record_id_r,
    vector_weights.match_weight,
    vector_weights.match_probability,
    comparison_vectors.blocking_rule,
    comparison_vectors.name_l,
    comparison_vectors.name_r,
    round(comparison_vectors.name_similarity, 6) AS name_similarity,
    round(comparison_vectors.rarity_bits, 6) AS name_rarity,
    level_names.levels['name'][comparison_vectors.name + 1] AS level_name,
    level_names.levels['birth'][comparison_vectors.birth + 1] AS level_birth,
    level_names.levels['country'][comparison_vectors.country + 1] AS level_country,
    level_names.levels['birth_place'][comparison_vectors.birth_place + 1] AS level_birth_place,
    level_names.levels['sex'][comparison_vectors.sex + 1] AS level_sex,
    level_names.levels['identifier'][comparison_vectors.identifier + 1] AS level_identifier,
    vector_weights.weight_name,
    vector_weights.weight_birth,
    vector_weights.weight_country,
    vector_weights.weight_birth_place,
    vector_weights.weight_sex,
    vector_weights.weight_identifier,
    vector_weights.weight_prior
FROM comparison_vectors
JOIN vectors USING (name, name_rarity, birth, country, birth_place, sex, identifier)
JOIN kept_vectors USING (vector_id)
JOIN vector_weights USING (vector_id)
JOIN persons AS l ON l.record_id = comparison_vectors.record_id_l
JOIN persons AS r ON r.record_id = comparison_vectors.record_id_r
JOIN record_numbers AS number_l ON number_l.number = comparison_vectors.record_id_l
JOIN record_numbers AS number_r ON number_r.number = comparison_vectors.record_id_r
CROSS JOIN level_names
ORDER BY comparison_vectors.record_id_l, comparison_vectors.record_id_r;
