-- Reads form_pairs, forms. Writes forms_across_scripts. Grain: one pair of forms, not both in Latin
-- letters: of two scripts, to be compared by sound, or of one, to be compared in that script.
CREATE OR REPLACE TABLE forms_across_scripts AS
SELECT form_pairs.form_l, form_pairs.form_r, l.text AS text_l, r.text AS text_r
FROM form_pairs
JOIN forms AS l ON l.form_id = form_pairs.form_l
JOIN forms AS r ON r.form_id = form_pairs.form_r
ORDER BY form_pairs.form_l, form_pairs.form_r;
