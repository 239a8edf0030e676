-- Reads candidate_pairs, record_forms, forms. Writes form_pairs. Grain: one pair of distinct forms borne by a candidate pair.
-- Forms of two scripts meet unless both records give their full names (no mere aliases) in one script: names that both
-- publish in one script are compared better, and cheaper, in that script.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE form_pairs AS
WITH script_bits AS (
    SELECT script, 1::UBIGINT << (row_number() OVER (ORDER BY script) - 1)::INTEGER AS bit
    FROM (SELECT DISTINCT script FROM forms)
),
full_names AS (
    SELECT record_forms.record_id, bit_or(script_bits.bit) AS scripts
    FROM record_forms
    JOIN forms USING (form_id)
    JOIN script_bits USING (script)
    WHERE record_forms.kind IN ('primary', 'original_script')
    GROUP BY record_forms.record_id
),
scripted AS (
    SELECT record_forms.record_id, forms.form_id, script_bits.bit AS script, coalesce(full_names.scripts, 0) AS scripts
    FROM record_forms
    JOIN forms USING (form_id)
    JOIN script_bits USING (script)
    LEFT JOIN full_names USING (record_id)
)
SELECT DISTINCT l.form_id AS form_l, r.form_id AS form_r, l.script <> r.script AS is_across
FROM candidate_pairs
JOIN scripted AS l ON l.record_id = candidate_pairs.record_id_l
JOIN scripted AS r ON r.record_id = candidate_pairs.record_id_r
WHERE l.script = r.script OR l.scripts & r.scripts = 0;
