-- Reads candidate_pairs, births. Writes birth_evidence. Grain: one candidate pair with births on both sides: its best grade.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE birth_evidence AS
SELECT
    candidate_pairs.record_id_l,
    candidate_pairs.record_id_r,
    min(birth_grade(
        l.earliest, l.latest, coalesce(l."precision" = 'circa', FALSE), r.earliest, r.latest, coalesce(r."precision" = 'circa', FALSE)
    )) AS grade
FROM candidate_pairs
JOIN births AS l ON l.record_id = candidate_pairs.record_id_l
JOIN births AS r ON r.record_id = candidate_pairs.record_id_r
GROUP BY ALL;
