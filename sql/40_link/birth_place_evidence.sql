-- Reads candidate_pairs, birth_places. Writes birth_place_evidence. Grain: one candidate pair with birth places on both sides.
-- 1 a word of the place is shared · 2 none is. Only Latin spellings are compared; others are left unknown.
CREATE OR REPLACE TABLE birth_place_evidence AS
WITH words AS (
    SELECT record_id, list(DISTINCT word) AS words
    FROM (
        SELECT record_id, unnest(regexp_extract_all(strip_accents(lower(text)), '[a-z]{4,}')) AS word
        FROM birth_places
    )
    WHERE word NOT IN ('province', 'district', 'region', 'city', 'village', 'town', 'republic', 'state', 'area', 'near', 'north', 'south', 'east', 'west')
    GROUP BY record_id
)
SELECT
    candidate_pairs.record_id_l,
    candidate_pairs.record_id_r,
    CASE
        WHEN list_has_any(l.words, r.words) THEN 1
        ELSE 2
    END AS grade
FROM candidate_pairs
JOIN words AS l ON l.record_id = candidate_pairs.record_id_l
JOIN words AS r ON r.record_id = candidate_pairs.record_id_r
ORDER BY ALL;
