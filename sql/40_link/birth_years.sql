-- Reads births. Writes birth_years. Grain: one year in which a record may be born; none where a birth spans more than ten.
CREATE OR REPLACE TABLE birth_years AS
SELECT DISTINCT record_id, unnest(generate_series(year(earliest), year(latest))) AS value
FROM births
WHERE year(latest) - year(earliest) <= 10
ORDER BY record_id, value;
