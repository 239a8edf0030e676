-- Reads candidate_pairs, name_evidence, identifier_evidence. Writes comparison_vectors. Grain: one candidate pair.
-- A grade of 0 means unknown: one side has nothing to compare. Rarity is cut to quarters of a bit, so that a model
-- scores each distinct vector once.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE comparison_vectors AS
SELECT
    candidate_pairs.record_id_l,
    candidate_pairs.record_id_r,
    candidate_pairs.blocking_rule,
    name_evidence.name_l,
    name_evidence.name_r,
    name_evidence.similarity AS name_similarity,
    name_evidence.token_bits,
    name_evidence.rarity_bits,
    coalesce(name_evidence.grade, 7) AS name,
    least(floor(coalesce(name_evidence.rarity_bits, 0) * 4) / 4, 60) AS name_rarity,
    candidate_pairs.birth,
    candidate_pairs.country,
    candidate_pairs.birth_place,
    candidate_pairs.sex,
    coalesce(identifier_evidence.grade, 0) AS identifier
FROM candidate_pairs
LEFT JOIN name_evidence USING (record_id_l, record_id_r)
LEFT JOIN identifier_evidence USING (record_id_l, record_id_r);
