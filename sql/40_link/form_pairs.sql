-- Reads candidate_pairs, record_forms, forms. Writes form_pairs. Grain: one pair of distinct forms borne by a candidate pair.
-- Forms of two scripts meet unless both records give their full names (no mere aliases) in one script: names that both
-- publish in one script are compared better, and cheaper, in that script.
CREATE OR REPLACE TABLE form_pairs AS
WITH scripted AS (
    SELECT
        record_forms.record_id,
        forms.form_id,
        forms.script,
        coalesce(
            list(forms.script) FILTER (WHERE record_forms.kind IN ('primary', 'original_script'))
                OVER (PARTITION BY record_forms.record_id),
            []
        ) AS scripts
    FROM record_forms
    JOIN forms USING (form_id)
)
SELECT DISTINCT l.form_id AS form_l, r.form_id AS form_r
FROM candidate_pairs
JOIN scripted AS l ON l.record_id = candidate_pairs.record_id_l
JOIN scripted AS r ON r.record_id = candidate_pairs.record_id_r
WHERE l.script = r.script OR NOT list_has_any(l.scripts, r.scripts)
ORDER BY form_l, form_r;
