-- Reads names. Writes same_name_keys. Grain: one name of a record, whatever the order of its tokens.
-- Unordered: it is large, and nothing reads it in order. A record may have a key several times: blocks count it once.
CREATE OR REPLACE TABLE same_name_keys AS
SELECT record_id, hash(array_to_string(list_sort(tokens), ' ')) AS key
FROM names;
