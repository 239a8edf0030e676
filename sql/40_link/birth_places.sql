-- Reads records. Writes birth_places. Grain: one birth place of a record, as published.
CREATE OR REPLACE TABLE birth_places AS
SELECT record_id, place.text AS text
FROM (SELECT record_id, unnest(birth_places) AS place FROM records)
WHERE place.text IS NOT NULL
ORDER BY record_id, text;
