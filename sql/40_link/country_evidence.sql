-- Reads candidate_pairs, countries, country_kin. Writes country_evidence. Grain: one candidate pair with countries on both
-- sides. 1 a nationality is shared · 2 another country is shared · 3 one is a former state, or a part, of the other, as the
-- Soviet Union of Ukraine · 4 none is
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE country_evidence AS
WITH borne AS (
    SELECT
        record_id,
        list(DISTINCT country_code) AS countries,
        list(DISTINCT country_code) FILTER (WHERE role = 'nationality') AS nationalities
    FROM countries
    WHERE country_code IS NOT NULL AND role <> 'warrant'
    GROUP BY record_id
),
kin AS (
    SELECT countries.record_id, list(DISTINCT country_kin.kin_code) AS countries
    FROM countries
    JOIN country_kin USING (country_code)
    WHERE countries.role <> 'warrant'
    GROUP BY countries.record_id
)
SELECT
    candidate_pairs.record_id_l,
    candidate_pairs.record_id_r,
    CASE
        WHEN list_has_any(coalesce(l.nationalities, []), coalesce(r.nationalities, [])) THEN 1
        WHEN list_has_any(l.countries, r.countries) THEN 2
        WHEN list_has_any(kin.countries, r.countries) THEN 3
        ELSE 4
    END AS grade
FROM candidate_pairs
JOIN borne AS l ON l.record_id = candidate_pairs.record_id_l
JOIN borne AS r ON r.record_id = candidate_pairs.record_id_r
LEFT JOIN kin ON kin.record_id = candidate_pairs.record_id_l;
