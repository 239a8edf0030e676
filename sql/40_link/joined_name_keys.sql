-- Reads names. Writes joined_name_keys. Grain: one name of a record, its tokens written together.
-- Unordered: it is large, and nothing reads it in order. A record may have a key several times: blocks count it once.
CREATE OR REPLACE TABLE joined_name_keys AS
SELECT record_id, hash(array_to_string(tokens, '')) AS key
FROM names;
