-- How do two intervals of birth compare, of which one at least is no day? Grades as in birth_grade.
-- Widths in days: 4 is a day of the Hijri calendar (published to the day, known to within two), 34 a month of any calendar,
-- 370 a year of any.
CREATE OR REPLACE MACRO birth_interval_grade(earliest_l, latest_l, earliest_r, latest_r, is_circa) AS
    CASE
        WHEN earliest_l <= latest_r AND earliest_r <= latest_l THEN
            CASE
                WHEN greatest(latest_l - earliest_l, latest_r - earliest_r) <= 4 THEN 4
                WHEN greatest(latest_l - earliest_l, latest_r - earliest_r) <= 34 THEN 5
                WHEN greatest(latest_l - earliest_l, latest_r - earliest_r) <= 370 THEN 6
                ELSE 7
            END
        -- a month known on both sides and different: the year still agrees, as it does between two days
        WHEN year(earliest_l) = year(latest_l) AND year(earliest_r) = year(latest_r)
            AND year(earliest_l) = year(earliest_r) THEN 6
        ELSE years_apart_grade(
            least(abs(year(earliest_l) - year(latest_r)), abs(year(earliest_r) - year(latest_l))), is_circa
        )
    END;
