-- How do two birth intervals compare? The smaller the number the stronger the agreement; link/model.py names the levels.
-- 1 same day · 2 day and month swapped · 3 one part differs · 4 same year · 5 intervals overlap · 6 a year apart · 7 different
CREATE OR REPLACE MACRO birth_grade(earliest_l, latest_l, earliest_r, latest_r) AS
    CASE
        WHEN earliest_l = latest_l AND earliest_r = latest_r THEN
            CASE
                WHEN earliest_l = earliest_r THEN 1
                WHEN year(earliest_l) = year(earliest_r)
                    AND month(earliest_l) = day(earliest_r) AND day(earliest_l) = month(earliest_r) THEN 2
                WHEN year(earliest_l) = year(earliest_r)
                    AND (month(earliest_l) = month(earliest_r) OR day(earliest_l) = day(earliest_r)) THEN 3
                -- the same day of another year, one digit of the year apart: 1968 and 1986 count as transposed digits
                WHEN month(earliest_l) = month(earliest_r) AND day(earliest_l) = day(earliest_r)
                    AND hamming(lpad(year(earliest_l)::VARCHAR, 4, '0'), lpad(year(earliest_r)::VARCHAR, 4, '0')) = 1 THEN 3
                WHEN month(earliest_l) = month(earliest_r) AND day(earliest_l) = day(earliest_r)
                    AND year(earliest_l) // 100 = year(earliest_r) // 100
                    AND year(earliest_l) // 10 % 10 = year(earliest_r) % 10
                    AND year(earliest_l) % 10 = year(earliest_r) // 10 % 10 THEN 3
                WHEN year(earliest_l) = year(earliest_r) THEN 4
                WHEN abs(year(earliest_l) - year(earliest_r)) = 1 THEN 6
                ELSE 7
            END
        WHEN earliest_l <= latest_r AND earliest_r <= latest_l THEN
            CASE
                WHEN year(earliest_l) = year(latest_l) AND year(earliest_r) = year(latest_r) THEN 4
                ELSE 5
            END
        -- a month known on both sides and different: the year still agrees, as it does between two days
        WHEN year(earliest_l) = year(latest_l) AND year(earliest_r) = year(latest_r)
            AND year(earliest_l) = year(earliest_r) THEN 4
        WHEN least(abs(year(earliest_l) - year(latest_r)), abs(year(earliest_r) - year(latest_l))) <= 1 THEN 6
        ELSE 7
    END;
