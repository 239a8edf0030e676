-- Reads comparison_vectors. Writes vectors. Grain: one distinct comparison vector, with the number of pairs that have it.
CREATE OR REPLACE TABLE vectors AS
WITH distinct_vectors AS (
    SELECT name, name_rarity, birth, country, birth_place, sex, identifier, count(*) AS pairs
    FROM comparison_vectors
    GROUP BY ALL
)
SELECT
    row_number() OVER (ORDER BY name, name_rarity, birth, country, birth_place, sex, identifier) AS vector_id,
    *
FROM distinct_vectors
ORDER BY vector_id;
