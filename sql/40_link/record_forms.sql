-- Reads names, forms. Writes record_forms. Grain: one name form of a record, with the form it shares with others.
CREATE OR REPLACE TABLE record_forms AS
SELECT
    names.record_id,
    names.name_no,
    names.kind,
    forms.form_id,
    count(*) OVER (PARTITION BY names.record_id) AS forms_of_record
FROM names
JOIN forms
    ON forms.tokens = names.tokens AND forms.script = names.script
    AND forms.spelling = CASE WHEN names.script = 'Latn' THEN '' ELSE names."full" END
ORDER BY names.record_id, names.name_no;
