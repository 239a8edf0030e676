-- Reads candidate_pairs, record_forms, name_comparisons, name_level_bits. Writes name_evidence. Grain: one candidate pair.
-- The best pairing is the one with the most evidence: how surprising its agreement is, and what its grade tells, calibrated. With
-- n × m pairings to choose from a chance agreement is n × m times likelier, so log2(n × m) / 2 bits are taken off the
-- rarity of its tokens (halved: forms of one record overlap). A pairing with a weak alias may confirm and may not alone
-- raise a match: it counts half, and never more than 8 bits, what a common name tells. However rare the tokens, kin bear
-- them too: the probability of kin is a floor under that of chance. The floor
-- sinks by a thousandth of a bit for each bit of rarity: the rarer of two names ranks higher however rare both are, and hardly
-- more changes (a hundredth cost UN-EU best F1 .0015, a twentieth .003).
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE name_evidence AS
WITH pairings AS (
    SELECT
        candidate_pairs.record_id_l,
        candidate_pairs.record_id_r,
        l.name_no AS name_l,
        r.name_no AS name_r,
        name_comparisons.grade,
        name_comparisons.similarity,
        CASE
            WHEN l.kind = 'weak_alias' OR r.kind = 'weak_alias' THEN
                least(greatest(name_comparisons.rarity_bits - log2(l.forms_of_record * r.forms_of_record) / 2, 0) / 2, 8)
            ELSE greatest(name_comparisons.rarity_bits - log2(l.forms_of_record * r.forms_of_record) / 2, 0)
        END AS token_bits
    FROM candidate_pairs
    JOIN record_forms AS l ON l.record_id = candidate_pairs.record_id_l
    JOIN record_forms AS r ON r.record_id = candidate_pairs.record_id_r
    JOIN name_comparisons ON name_comparisons.form_l = l.form_id AND name_comparisons.form_r = r.form_id
    -- as in form_pairs: that others bear two forms that do not meet here must not make them meet
    WHERE l.script = r.script OR NOT list_has_any(l.full_scripts, r.full_scripts)
),
weighed AS (
    SELECT
        pairings.*,
        -log2(least(pow(2, -pairings.token_bits) + name_level_bits.kin * pow(2, -pairings.token_bits / 1000), 1)) AS rarity_bits,
        name_level_bits.bits AS level_bits,
        name_level_bits.slope,
        name_level_bits.shift
    FROM pairings
    JOIN name_level_bits USING (grade)
),
ranked AS (
    SELECT
        weighed.*,
        row_number() OVER (
            PARTITION BY record_id_l, record_id_r
            ORDER BY slope * (rarity_bits + level_bits) + shift DESC, similarity DESC, name_l, name_r
        ) AS rank
    FROM weighed
)
SELECT record_id_l, record_id_r, name_l, name_r, grade, similarity, token_bits, rarity_bits
FROM ranked
WHERE rank = 1;
