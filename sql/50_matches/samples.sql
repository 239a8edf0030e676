-- Reads below, sample_bands, authorities. Writes samples. Grain: one pair under the review threshold drawn for review.
-- Of each band the pairs are drawn whose ids, hashed with the seed, come first.
CREATE OR REPLACE TABLE samples AS
WITH ranked AS (
    SELECT
        below.*,
        row_number() OVER (
            PARTITION BY below.band_from
            ORDER BY md5(sample_bands.seed || ' ' || below.record_id_l || ' ' || below.record_id_r), below.record_id_l, below.record_id_r
        ) AS place,
        sample_bands.band_to,
        sample_bands.band_pairs,
        sample_bands.band_sample
    FROM below
    JOIN sample_bands USING (band_from)
)
SELECT
    ranked.* EXCLUDE (place),
    l.authority_country <> r.authority_country AS is_cross_border,
    ranked.source_l = ranked.source_r AS is_same_list
FROM ranked
JOIN authorities AS l ON l.record_id = ranked.record_id_l
JOIN authorities AS r ON r.record_id = ranked.record_id_r
WHERE ranked.place <= ranked.band_sample
ORDER BY ranked.record_id_l, ranked.record_id_r;
