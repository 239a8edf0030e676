-- Reads names, forms. Writes record_forms. Grain: one name form of a record, with the form it shares with others.
-- full_scripts are the scripts of the record's full names, not of mere aliases.
CREATE OR REPLACE TABLE record_forms AS
SELECT
    names.record_id,
    names.name_no,
    names.kind,
    forms.form_id,
    forms.script,
    coalesce(
        list(forms.script) FILTER (WHERE names.kind IN ('primary', 'original_script')) OVER (PARTITION BY names.record_id),
        []
    ) AS full_scripts,
    count(*) OVER (PARTITION BY names.record_id) AS forms_of_record
FROM names
JOIN forms
    ON forms.tokens = names.tokens AND forms.script = names.script
    AND forms.spelling = CASE WHEN names.script = 'Latn' THEN '' ELSE names."full" END
ORDER BY names.record_id, names.name_no;
