-- What do two births tell whose years are this far apart? About a year ("circa 1951") reaches two years either way: a
-- publisher's guess that another made otherwise. Grades as in birth_grade.
CREATE OR REPLACE MACRO years_apart_grade(years, is_circa) AS
    CASE
        WHEN is_circa AND years <= 2 THEN 7
        WHEN years <= 1 THEN 8
        WHEN years <= 3 THEN 9
        ELSE 10
    END;
