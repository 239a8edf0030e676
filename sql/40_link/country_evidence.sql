-- Reads candidate_pairs, countries, country_kin. Writes country_evidence. Grain: one candidate pair with countries on both
-- sides. 1 a nationality is shared · 2 another country is shared · 3 one is a former state, or a part, of the other, as the
-- Soviet Union of Ukraine · 4 none is
-- Many records have the same countries, so each two sets of countries that meet are compared once.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE country_evidence AS
WITH borne AS (
    SELECT
        record_id,
        list_sort(list(DISTINCT country_code)) AS countries,
        list_sort(coalesce(list(DISTINCT country_code) FILTER (WHERE role = 'nationality'), [])) AS nationalities
    FROM countries
    WHERE country_code IS NOT NULL AND role <> 'warrant'
    GROUP BY record_id
),
numbered AS (
    SELECT record_id, countries, nationalities, dense_rank() OVER (ORDER BY countries, nationalities) AS set_no
    FROM borne
),
sets AS (
    SELECT DISTINCT set_no, countries, nationalities
    FROM numbered
),
kin AS (
    SELECT spread.set_no, list(DISTINCT country_kin.kin_code) AS countries
    FROM (SELECT set_no, unnest(countries) AS country_code FROM sets) AS spread
    JOIN country_kin USING (country_code)
    GROUP BY spread.set_no
),
met AS (
    SELECT candidate_pairs.record_id_l, candidate_pairs.record_id_r, l.set_no AS set_l, r.set_no AS set_r
    FROM candidate_pairs
    JOIN numbered AS l ON l.record_id = candidate_pairs.record_id_l
    JOIN numbered AS r ON r.record_id = candidate_pairs.record_id_r
),
distinct_sets AS (
    SELECT DISTINCT set_l, set_r
    FROM met
),
graded AS (
    SELECT
        distinct_sets.set_l,
        distinct_sets.set_r,
        CASE
            WHEN list_has_any(l.nationalities, r.nationalities) THEN 1
            WHEN list_has_any(l.countries, r.countries) THEN 2
            WHEN list_has_any(kin.countries, r.countries) THEN 3
            ELSE 4
        END AS grade
    FROM distinct_sets
    JOIN sets AS l ON l.set_no = distinct_sets.set_l
    JOIN sets AS r ON r.set_no = distinct_sets.set_r
    LEFT JOIN kin ON kin.set_no = distinct_sets.set_l
)
SELECT met.record_id_l, met.record_id_r, graded.grade
FROM met
JOIN graded USING (set_l, set_r);
