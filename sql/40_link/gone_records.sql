-- Reads changed_records. Writes gone_records. Grain: one record of the run before that there is no more, or that said something
-- else. Numbered as today; those that there are no more behind all others.
CREATE OR REPLACE TABLE gone_records AS
SELECT
    record_id,
    coalesce(
        number,
        (SELECT coalesce(max(number), 0) FROM changed_records)
        + row_number() OVER (PARTITION BY number IS NULL ORDER BY record_id)
    )::UINTEGER AS number
FROM changed_records
WHERE number_before IS NOT NULL AND NOT is_same
ORDER BY record_id;
