-- Reads names. Writes joined_name_keys. Grain: one name of a record, its tokens written together.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE joined_name_keys AS
SELECT DISTINCT record_id, hash(array_to_string(tokens, '')) AS key
FROM names;
