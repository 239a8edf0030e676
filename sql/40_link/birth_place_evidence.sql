-- Reads candidate_pairs, birth_places, place_words. Writes birth_place_evidence. Grain: one candidate pair with birth places
-- on both sides. 1 a word of the place is shared, in any script · 2 none is
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE birth_place_evidence AS
WITH words AS (
    SELECT birth_places.record_id, list_distinct(flatten(list(place_words.words))) AS words
    FROM birth_places
    JOIN place_words USING (text)
    WHERE len(place_words.words) > 0
    GROUP BY birth_places.record_id
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
JOIN words AS r ON r.record_id = candidate_pairs.record_id_r;
