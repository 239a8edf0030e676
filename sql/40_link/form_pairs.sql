-- Reads candidate_pairs, record_forms. Writes form_pairs. Grain: one pair of distinct forms borne by a candidate pair.
CREATE OR REPLACE TABLE form_pairs AS
SELECT DISTINCT l.form_id AS form_l, r.form_id AS form_r
FROM candidate_pairs
JOIN record_forms AS l ON l.record_id = candidate_pairs.record_id_l
JOIN record_forms AS r ON r.record_id = candidate_pairs.record_id_r
ORDER BY form_l, form_r;
