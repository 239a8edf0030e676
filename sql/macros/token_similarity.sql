-- How alike are two romanised tokens? 1 for equal, 0 below what spelling habits explain, never null.
-- Equal consonant skeletons lift a pair whose vowels differ (yusup, youssoup); an initial agrees weakly with a token it begins.
CREATE OR REPLACE MACRO token_similarity(token_l, token_r, skeleton_l, skeleton_r) AS
    CASE
        WHEN token_l = token_r THEN 1.0
        WHEN length(token_l) = 1 OR length(token_r) = 1
            THEN CASE WHEN token_l[1] = token_r[1] THEN 0.5 ELSE 0.0 END
        WHEN skeleton_l = skeleton_r AND jaro_winkler_similarity(token_l, token_r) >= 0.70
            THEN greatest(0.93, jaro_winkler_similarity(token_l, token_r))
        WHEN jaro_winkler_similarity(token_l, token_r) >= 0.90 AND least(length(token_l), length(token_r)) >= 4
            THEN jaro_winkler_similarity(token_l, token_r) - 0.02
        ELSE 0.0
    END;
