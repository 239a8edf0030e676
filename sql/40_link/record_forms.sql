-- Reads names, forms. Writes record_forms. Grain: one name form of a record, with the form it shares with others.
-- full_scripts are the scripts of the record's full names, not of mere aliases: a bit each, of the script's number.
CREATE OR REPLACE TABLE record_forms AS
WITH scripts AS (
    SELECT script, (row_number() OVER (ORDER BY script) - 1)::UTINYINT AS script_no
    FROM (SELECT DISTINCT script FROM forms)
),
numbered AS (
    SELECT
        names.record_id, names.name_no, names.kind, forms.form_id, scripts.script_no,
        CASE
            WHEN names.kind IN ('primary', 'original_script') AND scripts.script_no < 64 THEN 1::UBIGINT << scripts.script_no
            ELSE 0::UBIGINT
        END AS full_script
    FROM names
    JOIN forms ON forms.key = hash(names.script, CASE WHEN names.script = 'Latn' THEN '' ELSE names."full" END, names.tokens)
    JOIN scripts ON scripts.script = forms.script
)
SELECT
    record_id,
    name_no,
    kind,
    form_id,
    script_no,
    bit_or(full_script) OVER (PARTITION BY record_id) AS full_scripts,
    count(*) OVER (PARTITION BY record_id) AS forms_of_record
FROM numbered
ORDER BY record_id, name_no;
