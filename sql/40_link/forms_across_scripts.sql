-- Reads form_pairs, forms. Writes forms_across_scripts. Grain: one pair of forms in two scripts, to be compared by sound.
CREATE OR REPLACE TABLE forms_across_scripts AS
SELECT form_pairs.form_l, form_pairs.form_r, l.text AS text_l, r.text AS text_r
FROM form_pairs
JOIN forms AS l ON l.form_id = form_pairs.form_l
JOIN forms AS r ON r.form_id = form_pairs.form_r
WHERE form_pairs.is_across
ORDER BY form_pairs.form_l, form_pairs.form_r;
