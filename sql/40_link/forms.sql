-- Reads names, token_rarity. Writes forms. Grain: one distinct list of tokens in Latin letters, one distinct text in other
-- scripts, whose romanised tokens do not tell all; comparisons are made once per form. Numbered as they are met, by record.
-- Two forms have one key once in 2^64. total_bits is exact in any order: bits are quarters.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE forms AS
WITH keyed AS (
    SELECT
        tokens,
        skeletons,
        script,
        CASE WHEN script = 'Latn' THEN '' ELSE "full" END AS spelling,
        hash(script, CASE WHEN script = 'Latn' THEN '' ELSE "full" END, tokens) AS key,
        row_number() OVER (ORDER BY record_id, name_no) AS place
    FROM names
),
firsts AS (
    SELECT key, min(place) AS place
    FROM keyed
    GROUP BY key
),
numbered AS (
    SELECT (row_number() OVER (ORDER BY place))::UINTEGER AS form_id, key, tokens, skeletons, script, spelling
    FROM keyed
    JOIN firsts USING (key, place)
),
spread AS (
    SELECT form_id, unnest(tokens) AS token
    FROM numbered
),
totals AS (
    SELECT spread.form_id, sum(token_rarity.bits) AS total_bits
    FROM spread
    JOIN token_rarity USING (token)
    GROUP BY spread.form_id
)
SELECT
    numbered.form_id,
    numbered.key,
    numbered.tokens,
    numbered.script,
    numbered.spelling,
    CASE WHEN numbered.script = 'Latn' THEN array_to_string(numbered.tokens, ' ') ELSE numbered.spelling END AS text,
    numbered.skeletons,
    totals.total_bits,
    array_to_string(numbered.tokens, '') AS joined
FROM numbered
JOIN totals USING (form_id);
