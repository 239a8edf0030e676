-- Reads vectors, vector_weights, pair_limits. Writes kept_vectors. Grain: one distinct vector whose pairs are kept: of more
-- pairs than are kept at most those of the likeliest vectors.
CREATE OR REPLACE TABLE kept_vectors AS
WITH ranked AS (
    SELECT
        vectors.vector_id,
        vectors.pairs,
        sum(vectors.pairs) OVER (ORDER BY vector_weights.match_weight DESC, vectors.vector_id) AS pairs_so_far
    FROM vectors
    JOIN vector_weights USING (vector_id)
)
SELECT ranked.vector_id, ranked.pairs
FROM ranked
CROSS JOIN pair_limits
WHERE ranked.pairs_so_far <= pair_limits.most_pairs
ORDER BY ranked.vector_id;
