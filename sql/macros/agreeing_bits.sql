-- What does one aligned token tell? Its rarity if equal, its skeleton's less two bits if only alike, nothing below 0.88.
CREATE OR REPLACE MACRO agreeing_bits(similarity, bits, skeleton_bits) AS
    CASE
        WHEN similarity = 1 THEN bits
        WHEN similarity >= 0.88 THEN greatest(least(bits, skeleton_bits) - 2, 0.5)
        ELSE 0
    END;
