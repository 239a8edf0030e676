-- Reads record_forms, forms. Writes joined_name_keys. Grain: one name of a record, its tokens written together.
-- Unordered: it is large, and nothing reads it in order.
CREATE OR REPLACE TABLE joined_name_keys AS
SELECT DISTINCT record_forms.record_id, hash(forms.joined) AS key
FROM record_forms
JOIN forms USING (form_id);
