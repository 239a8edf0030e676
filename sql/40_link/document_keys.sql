-- Reads identifiers. Writes document_keys. Grain: one document number of five characters or more of a record.
-- Keys are numbers, which compare faster than text.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE document_keys AS
SELECT DISTINCT record_id, hash(comparable) AS key
FROM identifiers
WHERE length(comparable) >= 5;
