-- Reads stored_record_contents_before, record_numbers. Writes record_contents_before. Grain: one record of the run before that
-- there still is, by its number of today.
CREATE OR REPLACE TABLE record_contents_before AS
SELECT record_numbers.number AS record_id, stored_record_contents_before.content
FROM stored_record_contents_before
JOIN record_numbers USING (record_id)
ORDER BY record_numbers.number;
