-- Reads names. Writes forms. Grain: one distinct list of tokens in Latin letters, one distinct text in other scripts, whose
-- romanised tokens do not tell all; comparisons are made of forms. Numbered from 1 as they are met, by record.
-- place: of a name among all, in the order of its record and its number there. Two forms have one key once in 2^64.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE forms AS
WITH keyed AS (
    SELECT
        tokens,
        script,
        CASE WHEN script = 'Latn' THEN '' ELSE "full" END AS spelling,
        hash(script, CASE WHEN script = 'Latn' THEN '' ELSE "full" END, tokens) AS key,
        record_id::UBIGINT * 65536 + name_no AS place
    FROM names
    WHERE len(tokens) > 0
),
firsts AS (
    SELECT key, min(place) AS place
    FROM keyed
    GROUP BY key
)
SELECT
    (row_number() OVER (ORDER BY place))::UINTEGER AS form_id,
    key,
    tokens,
    script,
    spelling
FROM keyed
JOIN firsts USING (key, place);
