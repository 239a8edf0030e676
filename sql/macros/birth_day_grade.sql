-- How do two different days of birth compare? Grades as in birth_grade.
CREATE OR REPLACE MACRO birth_day_grade(day_l, day_r, is_circa) AS
    CASE
        WHEN year(day_l) = year(day_r) AND month(day_l) = day(day_r) AND day(day_l) = month(day_r) THEN 3
        WHEN is_slip(day_l, day_r) THEN 4
        WHEN year(day_l) = year(day_r) THEN 6
        ELSE years_apart_grade(abs(year(day_l) - year(day_r)), is_circa)
    END;
