-- Reads comparison_vectors, vectors, kept_vectors, vector_weights, level_names, persons, record_numbers. Writes scored_pairs. Grain: one scored candidate pair.
-- A vector has its rarity in quarters of a bit; what is left of each pair's own is added here, so that the rarer name ranks
-- higher and few pairs tie. Weights are rounded, so that they add up; the probability is not, so that none is certain.
CREATE OR REPLACE TABLE scored_pairs AS
WITH weighed AS (
    SELECT
        comparison_vectors.*,
        vector_weights.* EXCLUDE (vector_id, match_weight, match_probability, name_slope),
        vector_weights.match_weight,
        round(
            vector_weights.name_slope * (coalesce(comparison_vectors.rarity_bits, 0) - comparison_vectors.name_rarity), 6
        ) AS rest_of_rarity
    FROM comparison_vectors
    JOIN vectors USING (name, name_rarity, birth, country, birth_place, sex, identifier)
    JOIN kept_vectors USING (vector_id)
    JOIN vector_weights USING (vector_id)
),
sides AS (
    SELECT record_id_l AS number FROM comparison_vectors
    UNION
    SELECT record_id_r FROM comparison_vectors
),
records AS (
    SELECT record_numbers.number, record_numbers.record_id, persons.source
    FROM sides
    JOIN record_numbers USING (number)
    JOIN persons ON persons.record_id = record_numbers.number
)
SELECT
    l.source AS source_l,
    l.record_id AS record_id_l,
    r.source AS source_r,
    r.record_id AS record_id_r,
    weighed.record_id_l AS number_l,
    weighed.record_id_r AS number_r,
    round(weighed.match_weight + weighed.rest_of_rarity, 6) AS match_weight,
    1 / (1 + pow(2, -round(weighed.match_weight + weighed.rest_of_rarity, 6))) AS match_probability,
    weighed.blocking_rule,
    weighed.name_l,
    weighed.name_r,
    round(weighed.name_similarity, 6) AS name_similarity,
    round(weighed.rarity_bits, 6) AS name_rarity,
    level_names.levels['name'][weighed.name + 1] AS level_name,
    level_names.levels['birth'][weighed.birth + 1] AS level_birth,
    level_names.levels['country'][weighed.country + 1] AS level_country,
    level_names.levels['birth_place'][weighed.birth_place + 1] AS level_birth_place,
    level_names.levels['sex'][weighed.sex + 1] AS level_sex,
    level_names.levels['identifier'][weighed.identifier + 1] AS level_identifier,
    round(weighed.weight_name + weighed.rest_of_rarity, 6) AS weight_name,
    weighed.weight_birth,
    weighed.weight_country,
    weighed.weight_birth_place,
    weighed.weight_sex,
    weighed.weight_identifier,
    weighed.weight_prior
FROM weighed
JOIN records AS l ON l.number = weighed.record_id_l
JOIN records AS r ON r.number = weighed.record_id_r
CROSS JOIN level_names
ORDER BY weighed.record_id_l, weighed.record_id_r;
