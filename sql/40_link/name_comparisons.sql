-- Reads aligned_forms, names_across_scripts. Writes name_comparisons. Grain: one pair of forms borne by a candidate pair that
-- agree in something. Forms in Latin letters are compared in link/align.py, all others in normalise/compare.py.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE name_comparisons AS
SELECT form_l, form_r, rarity_bits, similarity, grade
FROM aligned_forms
UNION ALL
SELECT form_l, form_r, rarity_bits, similarity, grade
FROM names_across_scripts;
