-- Reads candidate_pairs, identifiers. Writes identifier_evidence. Grain: one candidate pair with documents on both sides.
-- 1 one document: number, kind and country agree · 2 one number, of a kind or country that is unknown or differs
-- 3 both hold a document of one kind and country and no number agrees
CREATE OR REPLACE TABLE identifier_evidence AS
SELECT
    candidate_pairs.record_id_l,
    candidate_pairs.record_id_r,
    min(CASE
        WHEN l.number = r.number AND l.kind = r.kind AND l.country_code = r.country_code THEN 1
        WHEN l.number = r.number AND l.kind = r.kind AND length(l.number) >= 7
            AND (l.country_code IS NULL OR r.country_code IS NULL) THEN 1
        WHEN l.number = r.number THEN 2
        WHEN l.kind = r.kind AND l.country_code = r.country_code THEN 3
    END) AS grade
FROM candidate_pairs
JOIN identifiers AS l ON l.record_id = candidate_pairs.record_id_l AND length(l.number) >= 5
JOIN identifiers AS r ON r.record_id = candidate_pairs.record_id_r AND length(r.number) >= 5
GROUP BY ALL
HAVING grade IS NOT NULL
ORDER BY ALL;
