-- Reads candidate_pairs, identifiers. Writes identifier_evidence. Grain: one candidate pair with documents on both sides.
-- 1 one document whose check digits hold · 2 one document: number, kind and country agree · 3 one number, of a kind or
-- country that is unknown or differs, or whose check fails: lists copy each other's errors · 4 national numbers of one
-- country that differ, the checks of both hold: a person has one · 5 both hold a document of one kind and country and no
-- number agrees
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE identifier_evidence AS
SELECT
    candidate_pairs.record_id_l,
    candidate_pairs.record_id_r,
    min(CASE
        WHEN l.comparable = r.comparable AND 'invalid' IN (l.validity, r.validity) THEN 3
        WHEN l.comparable = r.comparable AND l.kind = r.kind AND l.country_code = r.country_code
            THEN CASE WHEN l.validity = 'valid' THEN 1 ELSE 2 END
        WHEN l.comparable = r.comparable AND l.kind = r.kind AND length(l.comparable) >= 7
            AND (l.country_code IS NULL OR r.country_code IS NULL) THEN 2
        WHEN l.comparable = r.comparable THEN 3
        WHEN l.kind = 'national_id' AND r.kind = 'national_id' AND l.country_code = r.country_code AND l.validity = 'valid'
            AND r.validity = 'valid' AND length(l.comparable) = length(r.comparable) THEN 4
        WHEN l.kind = r.kind AND l.country_code = r.country_code THEN 5
    END) AS grade
FROM candidate_pairs
JOIN identifiers AS l ON l.record_id = candidate_pairs.record_id_l AND length(l.comparable) >= 5
JOIN identifiers AS r ON r.record_id = candidate_pairs.record_id_r AND length(r.comparable) >= 5
GROUP BY ALL
HAVING grade IS NOT NULL;
