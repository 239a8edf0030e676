-- Reads names, token_rarity, token_rarity_before. Writes touched_records. Grain: one record that bears a token that has become
-- rarer or commoner since the run before: its pairs may score otherwise.
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
SELECT DISTINCT borne.record_id
FROM borne
JOIN moved USING (token)
ORDER BY borne.record_id;
