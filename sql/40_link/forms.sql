-- Reads names, token_rarity. Writes forms. Grain: one distinct list of tokens in Latin letters, one distinct text in other
-- scripts, whose romanised tokens do not tell all; comparisons are made once per form.
CREATE OR REPLACE TABLE forms AS
WITH distinct_forms AS (
    SELECT
        tokens,
        script,
        CASE WHEN script = 'Latn' THEN '' ELSE "full" END AS spelling,
        CASE WHEN script = 'Latn' THEN array_to_string(tokens, ' ') ELSE "full" END AS text,
        any_value(skeletons ORDER BY record_id, name_no) AS skeletons
    FROM names
    GROUP BY tokens, script, spelling, text
),
numbered AS (
    SELECT (row_number() OVER (ORDER BY tokens, script, spelling))::UINTEGER AS form_id, tokens, script, spelling, text, skeletons
    FROM distinct_forms
),
rarity AS (
    SELECT numbered.form_id, list(token_rarity.bits ORDER BY spread.position) AS bits,
        list(token_rarity.skeleton_bits ORDER BY spread.position) AS skeleton_bits
    FROM numbered, LATERAL (
        SELECT unnest(numbered.tokens) AS token, generate_subscripts(numbered.tokens, 1) AS position
    ) AS spread
    JOIN token_rarity USING (token)
    GROUP BY numbered.form_id
)
SELECT
    numbered.form_id,
    numbered.tokens,
    numbered.script,
    numbered.spelling,
    numbered.text,
    numbered.skeletons,
    rarity.bits,
    rarity.skeleton_bits,
    list_sum(rarity.bits) AS total_bits,
    array_to_string(numbered.tokens, '') AS joined
FROM numbered
JOIN rarity USING (form_id)
ORDER BY numbered.form_id;
