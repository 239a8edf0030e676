-- Reads stored_records, record_numbers. Writes persons. Grain: one record that can be linked: it has at least one name form.
CREATE OR REPLACE TABLE persons AS
SELECT record_numbers.number AS record_id, stored_records.source, stored_records.sex
FROM stored_records
JOIN record_numbers USING (record_id)
ORDER BY record_numbers.number;
