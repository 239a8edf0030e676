-- Reads record_forms, forms, name_keys, births, countries, identifiers. Writes blocking_keys. Grain: one key of a record under a rule,
-- in one script where the rule is about names in different scripts.
-- Two records that share a key under a rule become a candidate pair. link/blocking.py says why each rule is there.
-- Keys are numbers, which join faster than text; weight is how likely the key is to be the name's. block_size is how many
-- records have the key; where scripts differ, the record and those that have the key in another script.
CREATE OR REPLACE TABLE blocking_keys AS
WITH scripted AS (
    SELECT rule, record_id, script, unnest(keys) AS key, unnest(weights) AS weight
    FROM name_keys
),
name_key AS (
    SELECT rule, record_id, key, max(weight) AS weight
    FROM scripted
    GROUP BY rule, record_id, key
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
country AS (
    SELECT DISTINCT record_id, country_code
    FROM countries
    WHERE role IN ('nationality', 'birth') AND country_code IS NOT NULL
),
across AS (
    SELECT rule || '_across_scripts' AS rule, record_id, script, key::UBIGINT AS key, weight
    FROM scripted
    UNION ALL
    SELECT 'word_and_country_across_scripts', record_id, scripted.script, hash(scripted.key, country.country_code), scripted.weight
    FROM scripted
    JOIN country USING (record_id)
    WHERE scripted.rule = 'word'
),
keys AS (
    SELECT DISTINCT 'same_document' AS rule, record_id, hash(comparable) AS key, 1 AS weight
    FROM identifiers
    WHERE length(comparable) >= 5
    UNION ALL
    SELECT DISTINCT 'same_name', record_forms.record_id, hash(array_to_string(list_sort(forms.tokens), ' ')), 1
    FROM record_forms
    JOIN forms USING (form_id)
    UNION ALL
    SELECT DISTINCT 'same_joined_name', record_forms.record_id, hash(forms.joined), 1
    FROM record_forms
    JOIN forms USING (form_id)
    UNION ALL
    SELECT CASE rule WHEN 'word' THEN 'rare_word' ELSE rule END, record_id, key::UBIGINT, weight
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
),
counted AS (
    SELECT rule, key, record_id, NULL AS script, weight, count(*) OVER (PARTITION BY rule, key) AS block_size
    FROM keys
    UNION ALL
    SELECT rule, key, record_id, script, weight,
        count(*) OVER (PARTITION BY rule, key) - count(*) OVER (PARTITION BY rule, key, script) + 1
    FROM across
)
SELECT rule, key, record_id, script, weight, block_size
FROM counted
WHERE script IS NULL OR block_size > 1
ORDER BY rule, key, record_id, script;
