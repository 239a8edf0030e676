-- Reads members, births, records. Writes contradicting_members. Grain: one pair of records that matches connect, in one step or
-- several, and that cannot be one person: all births contradict each other (sql/macros/birth_grade.sql: 10) or the sexes differ.
CREATE OR REPLACE TABLE contradicting_members AS
WITH connected AS (
    SELECT l.record_id AS record_id_l, r.record_id AS record_id_r
    FROM members AS l
    JOIN members AS r ON r.component = l.component AND r.record_id > l.record_id
),
born_apart AS (
    SELECT connected.record_id_l, connected.record_id_r
    FROM connected
    JOIN births AS l ON l.record_id = connected.record_id_l
    JOIN births AS r ON r.record_id = connected.record_id_r
    GROUP BY ALL
    HAVING min(birth_grade(
        l.earliest, l.latest, coalesce(l."precision" = 'circa', FALSE), r.earliest, r.latest, coalesce(r."precision" = 'circa', FALSE)
    )) = 10
),
of_two_sexes AS (
    SELECT connected.record_id_l, connected.record_id_r
    FROM connected
    JOIN records AS l ON l.record_id = connected.record_id_l
    JOIN records AS r ON r.record_id = connected.record_id_r
    WHERE l.sex <> r.sex
)
FROM born_apart
UNION
FROM of_two_sexes
ORDER BY record_id_l, record_id_r;
