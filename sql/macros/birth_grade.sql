-- How do two birth intervals compare? The smaller the number the stronger the agreement; link/model.py names the levels.
-- 1 same day · 2 same 1 January · 3 day and month swapped · 4 one slip · 5 same month, a day unknown · 6 same year · 7 overlap
-- 8 a year apart · 9 two or three years · 10 different. Days compare as days; 1 January stands for its year (see
-- is_new_year), so it and all else compare as intervals.
CREATE OR REPLACE MACRO birth_grade(earliest_l, latest_l, is_circa_l, earliest_r, latest_r, is_circa_r) AS
    CASE
        -- most pairs: days of far years, of which not even a digit of the year can make one of the other
        WHEN earliest_l = latest_l AND earliest_r = latest_r AND abs(year(earliest_l) - year(earliest_r)) > 3
            AND month(earliest_l) <> month(earliest_r) THEN 10
        WHEN earliest_l = latest_l AND earliest_r = latest_r AND earliest_l = earliest_r
            THEN CASE WHEN is_new_year(earliest_l) THEN 2 ELSE 1 END
        WHEN earliest_l = latest_l AND earliest_r = latest_r AND NOT is_new_year(earliest_l) AND NOT is_new_year(earliest_r)
            THEN birth_day_grade(earliest_l, earliest_r, is_circa_l OR is_circa_r)
        ELSE birth_interval_grade(
            earliest_l, CASE WHEN earliest_l = latest_l AND is_new_year(earliest_l) THEN make_date(year(earliest_l), 12, 31) ELSE latest_l END,
            earliest_r, CASE WHEN earliest_r = latest_r AND is_new_year(earliest_r) THEN make_date(year(earliest_r), 12, 31) ELSE latest_r END,
            is_circa_l OR is_circa_r
        )
    END;
