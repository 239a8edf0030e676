-- Reads names. Writes token_rarity. Grain: one distinct token.
-- bits: how surprising it is that a record bears the token, log2(records / records with it), in quarters of a bit. A rare spelling of a common
-- name is little rarer than the name itself, so a token is at most two bits rarer than its consonant skeleton, of which each has one.
CREATE OR REPLACE TABLE token_rarity AS
WITH borne AS (
    SELECT DISTINCT record_id, unnest(tokens) AS token, unnest(skeletons) AS skeleton
    FROM names
),
by_token AS (
    SELECT token, skeleton, count(*) AS records
    FROM borne
    GROUP BY token, skeleton
),
by_skeleton AS (
    SELECT skeleton, count(*) AS records
    FROM (SELECT DISTINCT record_id, skeleton FROM borne)
    GROUP BY skeleton
),
total AS (
    SELECT count(DISTINCT record_id) + 1 AS records
    FROM names
)
SELECT
    by_token.token,
    by_token.skeleton,
    bits_of_count(total.records)
    - greatest(bits_of_count(by_token.records), bits_of_count(by_skeleton.records) - 2) AS bits,
    bits_of_count(total.records) - bits_of_count(by_skeleton.records) AS skeleton_bits,
    by_skeleton.records AS skeleton_records
FROM by_token
JOIN by_skeleton USING (skeleton)
CROSS JOIN total
ORDER BY by_token.token;
