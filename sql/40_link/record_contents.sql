-- Reads stored_records, stored_names, stored_births, stored_countries, stored_identifiers, record_numbers. Writes
-- record_contents. Grain: one record that can be linked.
-- content: a hash of all that blocking and comparing read of the record, whatever the order of the rows; records that say the
-- same have the same, and of two that do not once in 2^64: hash ends in an exclusive
-- or, which a second one mixes. All that is not compared, such as the day of retrieval, is left out.
CREATE OR REPLACE TABLE record_contents AS
WITH parts AS (
    SELECT record_id, hash(hash('name', name_no, kind, script, "full", tokens, skeletons)) AS part
    FROM stored_names
    UNION ALL
    SELECT record_id, hash(hash('birth', earliest, latest, "precision"))
    FROM stored_births
    UNION ALL
    SELECT record_id, hash(hash('country', role, country_code))
    FROM stored_countries
    UNION ALL
    SELECT record_id, hash(hash('document', kind, country_code, comparable, validity))
    FROM stored_identifiers
    UNION ALL
    SELECT record_id, hash(hash('place', unnest(birth_places).text))
    FROM stored_records
    UNION ALL
    SELECT record_id, hash(hash('listing', source, sex))
    FROM stored_records
),
summed AS (
    SELECT record_id, (sum(part) % 18446744073709551616)::UBIGINT AS content
    FROM parts
    GROUP BY record_id
)
SELECT record_numbers.number, summed.record_id, summed.content
FROM summed
JOIN record_numbers USING (record_id)
ORDER BY record_numbers.number;
