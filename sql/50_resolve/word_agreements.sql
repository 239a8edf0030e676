-- Reads matched_words, token_rarity. Writes word_agreements. Grain: one word of the left form of a match that agrees with one of
-- the right form, with the partner it agrees with best. bits: what the agreement of the two words tells by itself.
CREATE OR REPLACE TABLE word_agreements AS
WITH compared AS (
    SELECT
        l.record_id_l,
        l.record_id_r,
        l.position AS position_l,
        r.position AS position_r,
        l.word AS word_l,
        r.word AS word_r,
        token_similarity(l.word, r.word, l.skeleton, r.skeleton) AS similarity
    FROM matched_words AS l
    JOIN matched_words AS r USING (record_id_l, record_id_r)
    WHERE l.side = 'l' AND r.side = 'r'
),
ranked AS (
    SELECT
        compared.*,
        row_number() OVER (
            PARTITION BY record_id_l, record_id_r, position_l ORDER BY similarity DESC, position_r
        ) AS rank_l,
        row_number() OVER (
            PARTITION BY record_id_l, record_id_r, position_r ORDER BY similarity DESC, position_l
        ) AS rank_r
    FROM compared
    WHERE similarity >= 0.88
)
SELECT
    ranked.record_id_l,
    ranked.record_id_r,
    ranked.position_l,
    ranked.position_r,
    ranked.word_l,
    ranked.word_r,
    round(agreeing_bits(ranked.similarity, token_rarity.bits, token_rarity.skeleton_bits), 6) AS bits
FROM ranked
JOIN token_rarity ON token_rarity.token = ranked.word_l
WHERE ranked.rank_l = 1 OR ranked.rank_r = 1
ORDER BY ranked.record_id_l, ranked.record_id_r, ranked.position_l, ranked.position_r;
