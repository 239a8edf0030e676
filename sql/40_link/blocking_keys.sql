-- Reads record_forms, forms, name_keys, births, identifiers. Writes blocking_keys. Grain: one key of a record under a rule.
-- Two records that share a key under a rule become a candidate pair. link/blocking.py says why each rule is there.
-- Keys are numbers, which join faster than text; weight is how likely the key is to be the name's.
CREATE OR REPLACE TABLE blocking_keys AS
WITH name_key AS (
    SELECT rule, record_id, unnest(keys) AS key, unnest(weights) AS weight
    FROM name_keys
),
birth_year AS (
    SELECT DISTINCT record_id, unnest(generate_series(year(earliest), year(latest))) AS born
    FROM births
    WHERE year(latest) - year(earliest) <= 10
),
birth_day AS (
    SELECT DISTINCT record_id, earliest AS born
    FROM births
    WHERE earliest = latest
),
keys AS (
    SELECT DISTINCT 'same_document' AS rule, record_id, hash(number) AS key, 1 AS weight
    FROM identifiers
    WHERE length(number) >= 5
    UNION ALL
    SELECT DISTINCT 'same_name', record_forms.record_id, hash(array_to_string(list_sort(forms.tokens), ' ')), 1
    FROM record_forms
    JOIN forms USING (form_id)
    UNION ALL
    SELECT DISTINCT 'same_joined_name', record_forms.record_id, hash(forms.joined), 1
    FROM record_forms
    JOIN forms USING (form_id)
    UNION ALL
    SELECT CASE rule WHEN 'word' THEN 'rare_word' ELSE rule END, record_id, key, weight
    FROM name_key
    UNION ALL
    SELECT name_key.rule || '_and_birth_year', record_id, hash(name_key.key, birth_year.born), name_key.weight
    FROM name_key
    JOIN birth_year USING (record_id)
    UNION ALL
    SELECT 'word_and_birth_day', record_id, hash(name_key.key, birth_day.born), name_key.weight
    FROM name_key
    JOIN birth_day USING (record_id)
    WHERE name_key.rule = 'word'
)
SELECT rule, key, record_id, weight, count(*) OVER (PARTITION BY rule, key) AS block_size
FROM keys
ORDER BY rule, key, record_id;
