-- Reads part, wanted_keys, record_forms, forms, name_keys, births, countries, identifiers, blocking_rules. Writes blocking_keys.
-- Grain: one key of a record of the part under a rule, in one script where the rule is about names in different scripts.
-- Two records that share a key under a rule become a candidate pair. link/blocking.py says why each rule is there.
-- Keys are numbers, which join faster than text; weight is how likely the key is to be the name's. Where wanted_keys has any,
-- keys that are not among them are left out as early as can be: no one else has them.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE blocking_keys AS
WITH all_wanted AS (
    SELECT count(*) = 0 AS all_wanted
    FROM wanted_keys
),
unnested AS (
    SELECT name_keys.rule, name_keys.record_id, name_keys.script, unnest(name_keys.keys)::UBIGINT AS key,
        unnest(name_keys.weights)::FLOAT AS weight
    FROM name_keys
    WHERE name_keys.record_id IN (SELECT record_id FROM part)
),
scripted AS (
    SELECT *
    FROM unnested
    WHERE (SELECT all_wanted FROM all_wanted) OR key IN (SELECT key FROM wanted_keys)
),
name_key AS (
    SELECT rule, record_id, key, max(weight) AS weight
    FROM scripted
    GROUP BY rule, record_id, key
),
birth_year AS (
    SELECT DISTINCT record_id, unnest(generate_series(year(earliest), year(latest))) AS born
    FROM births
    WHERE year(latest) - year(earliest) <= 10 AND record_id IN (SELECT record_id FROM part)
),
birth_day AS (
    SELECT DISTINCT record_id, earliest AS born
    FROM births
    WHERE earliest = latest AND record_id IN (SELECT record_id FROM part)
),
country AS (
    SELECT DISTINCT record_id, country_code
    FROM countries
    WHERE role IN ('nationality', 'birth') AND country_code IS NOT NULL AND record_id IN (SELECT record_id FROM part)
),
part_forms AS (
    SELECT record_forms.record_id, forms.tokens, forms.joined
    FROM record_forms
    JOIN forms USING (form_id)
    WHERE record_forms.record_id IN (SELECT record_id FROM part)
),
keys AS (
    SELECT DISTINCT 'same_document' AS rule, record_id, NULL AS script, hash(comparable) AS key, 1::FLOAT AS weight
    FROM identifiers
    WHERE length(comparable) >= 5 AND record_id IN (SELECT record_id FROM part)
    UNION ALL
    SELECT DISTINCT 'same_name', record_id, NULL, hash(array_to_string(list_sort(tokens), ' ')), 1
    FROM part_forms
    UNION ALL
    SELECT DISTINCT 'same_joined_name', record_id, NULL, hash(joined), 1
    FROM part_forms
    UNION ALL
    SELECT CASE rule WHEN 'word' THEN 'rare_word' ELSE rule END, record_id, NULL, key, weight
    FROM name_key
    UNION ALL
    SELECT name_key.rule || '_and_birth_year', record_id, NULL, hash(name_key.key, birth_year.born), name_key.weight
    FROM name_key
    JOIN birth_year USING (record_id)
    UNION ALL
    SELECT 'word_and_birth_day', record_id, NULL, hash(name_key.key, birth_day.born), name_key.weight
    FROM name_key
    JOIN birth_day USING (record_id)
    WHERE name_key.rule = 'word'
    UNION ALL
    SELECT rule || '_across_scripts', record_id, script, key, weight
    FROM scripted
    UNION ALL
    SELECT 'word_and_country_across_scripts', record_id, scripted.script, hash(scripted.key, country.country_code), scripted.weight
    FROM scripted
    JOIN country USING (record_id)
    WHERE scripted.rule = 'word'
)
SELECT blocking_rules.position, keys.key, keys.record_id, keys.script, keys.weight, part.large_list
FROM keys
JOIN blocking_rules USING (rule)
JOIN part USING (record_id)
WHERE (SELECT all_wanted FROM all_wanted) OR keys.key IN (SELECT key FROM wanted_keys);
