-- Reads candidate_pairs, record_forms. Writes form_pairs. Grain: one pair of distinct forms borne by a candidate pair.
-- Forms of two scripts meet unless both records give their full names (no mere aliases) in one script: names that both
-- publish in one script are compared better, and cheaper, in that script.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE form_pairs AS
SELECT DISTINCT l.form_id AS form_l, r.form_id AS form_r, l.script = 'Latn' AND r.script = 'Latn' AS is_latin
FROM candidate_pairs
JOIN record_forms AS l ON l.record_id = candidate_pairs.record_id_l
JOIN record_forms AS r ON r.record_id = candidate_pairs.record_id_r
WHERE l.script = r.script OR NOT list_has_any(l.full_scripts, r.full_scripts);
