-- Reads countries. Writes own_countries. Grain: one country of nationality or birth of a record: its code of two letters, as a
-- number.
CREATE OR REPLACE TABLE own_countries AS
SELECT DISTINCT record_id, ascii(country_code) * 256 + ascii(country_code[2]) AS value
FROM countries
WHERE role IN ('nationality', 'birth') AND country_code IS NOT NULL
ORDER BY record_id, value;
