-- Reads persons, names, births, countries, identifiers, birth_places. Writes record_contents. Grain: one record that can be linked.
-- content: a hash of all that a comparison reads of the record, in an order of its own; records that say the same have the
-- same, and of two that do not once in 2^64. All that is not compared, such as the day of retrieval, is left out.
CREATE OR REPLACE TABLE record_contents AS
WITH parts AS (
    SELECT record_id, hash('name', name_no, kind, script, "full", tokens, skeletons) AS part
    FROM names
    UNION ALL
    SELECT record_id, hash('birth', earliest, latest, "precision")
    FROM births
    UNION ALL
    SELECT record_id, hash('country', role, country_code)
    FROM countries
    UNION ALL
    SELECT record_id, hash('document', kind, country_code, comparable, validity)
    FROM identifiers
    UNION ALL
    SELECT record_id, hash('place', text)
    FROM birth_places
    UNION ALL
    SELECT record_id, hash('listing', source, sex)
    FROM persons
)
SELECT persons.record_id, hash(list(parts.part ORDER BY parts.part)) AS content
FROM persons
JOIN parts USING (record_id)
GROUP BY persons.record_id
ORDER BY persons.record_id;
