-- Reads record_contents, record_contents_before. Writes changed_records. Grain: one record of today or of the run before.
-- number and number_before: its number in each, null where it is not there. is_same: it is in both, and says what it said.
CREATE OR REPLACE TABLE changed_records AS
SELECT
    coalesce(record_contents.record_id, record_contents_before.record_id) AS record_id,
    record_contents.number,
    record_contents_before.number AS number_before,
    coalesce(record_contents.content = record_contents_before.content, FALSE) AS is_same
FROM record_contents
FULL JOIN record_contents_before USING (record_id)
ORDER BY 1;
