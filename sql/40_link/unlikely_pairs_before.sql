-- Reads stored_unlikely_pairs_before, stored_record_contents_before, record_numbers, touched_records. Writes
-- unlikely_pairs_before. Grain: one pair that the run before found too unlikely to keep and that nothing touched, with the
-- numbers of its records of today.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE unlikely_pairs_before AS
WITH untouched AS (
    SELECT stored_record_contents_before.number AS before, record_numbers.number AS today
    FROM stored_record_contents_before
    JOIN record_numbers USING (record_id)
    ANTI JOIN touched_records ON touched_records.record_id = record_numbers.number
)
SELECT l.today AS record_id_l, r.today AS record_id_r
FROM stored_unlikely_pairs_before
JOIN untouched AS l ON l.before = stored_unlikely_pairs_before.record_id_l
JOIN untouched AS r ON r.before = stored_unlikely_pairs_before.record_id_r;
