-- Reads record_contents, record_contents_before, names, token_rarity, token_rarity_before. Writes touched_records. Grain: one
-- record whose pairs may score otherwise than in the run before: it is new, it says something else, or it bears a token
-- that has become rarer or commoner.
CREATE OR REPLACE TABLE touched_records AS
WITH moved AS (
    SELECT token_rarity.token
    FROM token_rarity
    LEFT JOIN token_rarity_before USING (token)
    WHERE token_rarity.bits IS DISTINCT FROM token_rarity_before.bits
        OR token_rarity.skeleton_bits IS DISTINCT FROM token_rarity_before.skeleton_bits
),
borne AS (
    SELECT record_id, unnest(tokens) AS token
    FROM names
)
SELECT record_contents.record_id
FROM record_contents
LEFT JOIN record_contents_before USING (record_id)
WHERE record_contents.content IS DISTINCT FROM record_contents_before.content
UNION
SELECT borne.record_id
FROM borne
JOIN moved USING (token)
ORDER BY record_id;
