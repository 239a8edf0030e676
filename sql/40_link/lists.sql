-- Reads persons, blocking_limits. Writes lists. Grain: one list. A list of more records than the limit is large: its records
-- meet those of other lists and not each other. position numbers large lists, the largest first; null for the others.
CREATE OR REPLACE TABLE lists AS
WITH sizes AS (
    SELECT source, count(*) AS records
    FROM persons
    GROUP BY source
)
SELECT
    sizes.source,
    sizes.records,
    CASE
        WHEN sizes.records > blocking_limits.most_within_list
            THEN (row_number() OVER (ORDER BY sizes.records DESC, sizes.source))::UTINYINT
    END AS position
FROM sizes
CROSS JOIN blocking_limits
ORDER BY sizes.source;
