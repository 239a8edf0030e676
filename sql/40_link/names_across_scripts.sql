-- Reads compared_across_scripts. Writes names_across_scripts. Grain: one pair of forms, not both in Latin letters, that
-- agree at all, by its place among all that are compared. is_same: they are written alike in one script, but for how that
-- script varies. total_bits: of all tokens of the one that is spelled, by their rarity in these lists.
-- score is the combiner's (normalise/combine.py): how likely the two are one name, among pairs of which one in nine is.
-- tells is how surprising the words that agree are in nats, share which part of all the words that is; a name common in
-- these lists tells no more than its rarity in them. odds put what the score says beyond that in bits.
CREATE OR REPLACE TABLE names_across_scripts AS
WITH weighed AS (
    SELECT
        place,
        score,
        is_same,
        least(tells / ln(2), share * total_bits) AS bits,
        log2(8 * score / (1 - score)) AS odds
    FROM compared_across_scripts
    WHERE score > 0.01
)
SELECT
    place,
    round(greatest(bits * least(2 * score, 1) + least(greatest(odds, -10), 3), 0), 6) AS rarity_bits,
    score AS similarity,
    CASE
        WHEN is_same THEN 1
        WHEN score >= 0.7 THEN 8
        WHEN score >= 0.3 THEN 9
        WHEN score >= 0.1 THEN 10
        ELSE 11
    END AS grade
FROM weighed
ORDER BY place;
