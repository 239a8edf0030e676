-- Reads countries. Writes own_countries. Grain: one country of nationality or birth of a record, numbered in the order of
-- the codes.
CREATE OR REPLACE TABLE own_countries AS
WITH numbered AS (
    SELECT record_id, dense_rank() OVER (ORDER BY country_code) AS value
    FROM countries
    WHERE role IN ('nationality', 'birth') AND country_code IS NOT NULL
)
SELECT DISTINCT record_id, value
FROM numbered
ORDER BY record_id, value;
