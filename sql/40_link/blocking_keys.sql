-- Reads record_forms, forms, births, identifiers. Writes blocking_keys. Grain: one key of a record under a rule.
-- Two records that share a key under a rule become a candidate pair. link/blocking.py says why each rule is there.
CREATE OR REPLACE TABLE blocking_keys AS
WITH record_tokens AS (
    SELECT DISTINCT record_forms.record_id, unnest(forms.skeletons) AS skeleton
    FROM record_forms
    JOIN forms USING (form_id)
),
form_token AS (
    SELECT form_id, unnest(skeletons) AS skeleton, generate_subscripts(skeletons, 1) AS position
    FROM forms
),
skeleton_pair AS (
    SELECT DISTINCT record_forms.record_id, a.skeleton || ' ' || b.skeleton AS key
    FROM record_forms
    JOIN form_token AS a USING (form_id)
    JOIN form_token AS b ON b.form_id = a.form_id AND b.position <> a.position AND b.skeleton >= a.skeleton
),
birth_year AS (
    SELECT DISTINCT record_id, unnest(generate_series(year(earliest), year(latest))) AS born
    FROM births
    WHERE year(latest) - year(earliest) <= 10
),
keys AS (
    SELECT 'same_document' AS rule, record_id, comparable AS key
    FROM identifiers
    WHERE length(comparable) >= 5
    UNION
    SELECT 'same_name', record_forms.record_id, array_to_string(list_sort(forms.tokens), ' ')
    FROM record_forms
    JOIN forms USING (form_id)
    UNION
    SELECT 'same_joined_name', record_forms.record_id, forms.joined
    FROM record_forms
    JOIN forms USING (form_id)
    UNION
    SELECT 'two_skeletons', record_id, key
    FROM skeleton_pair
    UNION
    SELECT 'two_skeletons_and_birth_year', skeleton_pair.record_id, skeleton_pair.key || ' ' || birth_year.born
    FROM skeleton_pair
    JOIN birth_year USING (record_id)
    UNION
    SELECT 'skeleton_and_birth_day', record_tokens.record_id, record_tokens.skeleton || ' ' || births.earliest
    FROM record_tokens
    JOIN births USING (record_id)
    WHERE births.earliest = births.latest
    UNION
    SELECT 'skeleton_and_birth_year', record_tokens.record_id, record_tokens.skeleton || ' ' || birth_year.born
    FROM record_tokens
    JOIN birth_year USING (record_id)
    UNION
    SELECT 'rare_skeleton', record_tokens.record_id, record_tokens.skeleton
    FROM record_tokens
)
SELECT rule, key, record_id, count(*) OVER (PARTITION BY rule, key) AS block_size
FROM keys
ORDER BY rule, key, record_id;
