-- Reads births. Writes birth_days. Grain: one day of birth of a record, counted from 1 January 1970.
CREATE OR REPLACE TABLE birth_days AS
SELECT DISTINCT record_id, earliest - DATE '1970-01-01' AS value
FROM births
WHERE earliest = latest
ORDER BY record_id, value;
