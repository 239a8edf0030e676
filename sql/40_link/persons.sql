-- Reads records, names. Writes persons. Grain: one record that can be linked: it has at least one name form.
CREATE OR REPLACE TABLE persons AS
SELECT records.record_id, records.source, records.sex
FROM records
WHERE records.record_id IN (SELECT record_id FROM names)
ORDER BY records.record_id;
