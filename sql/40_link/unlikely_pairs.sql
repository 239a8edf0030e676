-- Reads comparison_vectors, vectors, vector_weights, pair_limits. Writes unlikely_pairs. Grain: one scored candidate pair that is
-- too unlikely to be kept. The next run need not score it again.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE unlikely_pairs AS
SELECT comparison_vectors.record_id_l, comparison_vectors.record_id_r
FROM comparison_vectors
JOIN vectors USING (name, name_rarity, birth, country, birth_place, sex, identifier)
JOIN vector_weights USING (vector_id)
CROSS JOIN pair_limits
WHERE vector_weights.match_weight < pair_limits.least_weight;
