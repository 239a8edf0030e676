-- Reads form_pairs, forms, names_across_scripts. Writes name_comparisons. Grain: one pair of forms borne by a candidate pair.
-- Forms in Latin letters are compared here, by their folded tokens; all others come from names_across_scripts.
-- Every token of each form meets its most similar token of the other; a token agrees from similarity 0.88 on. Relatives
-- share every name but the first: where a first token has no partner, that is a grade of its own.
CREATE OR REPLACE TABLE name_comparisons AS
WITH compared AS (
    SELECT
        form_pairs.form_l,
        form_pairs.form_r,
        l.bits AS bits_l,
        r.bits AS bits_r,
        l.total_bits AS total_l,
        r.total_bits AS total_r,
        l.skeleton_bits AS skeleton_bits_l,
        r.skeleton_bits AS skeleton_bits_r,
        jaro_winkler_similarity(l.joined, r.joined) AS joined_similarity,
        list_transform(l.tokens, lambda t, i: list_max(list_transform(
            r.tokens, lambda u, j: token_similarity(t, u, l.skeletons[i], r.skeletons[j])
        ))) AS best_l,
        list_transform(r.tokens, lambda u, j: list_max(list_transform(
            l.tokens, lambda t, i: token_similarity(t, u, l.skeletons[i], r.skeletons[j])
        ))) AS best_r
    FROM form_pairs
    JOIN forms AS l ON l.form_id = form_pairs.form_l
    JOIN forms AS r ON r.form_id = form_pairs.form_r
    WHERE l.script = 'Latn' AND r.script = 'Latn'
        AND (list_has_any(l.skeletons, r.skeletons) OR jaro_winkler_similarity(l.joined, r.joined) >= 0.9)
),
measured AS (
    SELECT
        form_l,
        form_r,
        -- the bits of the tokens that agree; a token that only resembles its partner is worth its skeleton less two bits
        list_sum(list_transform(best_l, lambda s, i: agreeing_bits(s, bits_l[i], skeleton_bits_l[i]))) AS agreeing_l,
        list_sum(list_transform(best_r, lambda s, j: agreeing_bits(s, bits_r[j], skeleton_bits_r[j]))) AS agreeing_r,
        list_sum(list_transform(best_l, lambda s, i: CASE WHEN s >= 0.88 THEN bits_l[i] ELSE 0 END)) / total_l AS covered_l,
        list_sum(list_transform(best_r, lambda s, j: CASE WHEN s >= 0.88 THEN bits_r[j] ELSE 0 END)) / total_r AS covered_r,
        list_sum(list_transform(best_l, lambda s, i: s * bits_l[i])) / total_l AS similarity_l,
        list_sum(list_transform(best_r, lambda s, j: s * bits_r[j])) / total_r AS similarity_r,
        least(
            len(list_filter(best_l, lambda s: s >= 0.88)), len(list_filter(best_r, lambda s: s >= 0.88))
        ) AS agreeing_tokens,
        best_l[1] >= 0.88 AND best_r[1] >= 0.88 AS first_agrees,
        len(best_l) <> len(best_r) AND joined_similarity >= 0.97 AS is_joined,
        len(best_l) AS tokens_l,
        len(best_r) AS tokens_r,
        total_l,
        total_r,
        joined_similarity
    FROM compared
)
SELECT
    form_l,
    form_r,
    CASE
        WHEN is_joined THEN greatest(least(agreeing_l, agreeing_r), least(total_l, total_r) - 4)
        ELSE least(agreeing_l, agreeing_r)
    END AS rarity_bits,
    greatest((similarity_l + similarity_r) / 2, CASE WHEN is_joined THEN joined_similarity ELSE 0 END) AS similarity,
    CASE
        WHEN similarity_l = 1 AND similarity_r = 1 AND tokens_l = tokens_r THEN 1
        WHEN is_joined THEN 2
        WHEN covered_l = 1 AND covered_r = 1 AND agreeing_tokens >= least(tokens_l, tokens_r) THEN 2
        WHEN agreeing_tokens >= 2 AND NOT first_agrees THEN 5
        WHEN greatest(covered_l, covered_r) = 1 AND agreeing_tokens >= 2 THEN 3
        WHEN agreeing_tokens >= 2 THEN 4
        WHEN agreeing_tokens = 1 THEN 6
        ELSE 7
    END AS grade
FROM measured
UNION ALL
SELECT form_l, form_r, rarity_bits, similarity, grade
FROM names_across_scripts
ORDER BY form_l, form_r;
