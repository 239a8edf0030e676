-- Is one day the other with a slip: one digit of year, month or day, two digits of one of them exchanged, or two days at
-- most between them (calendars converted by different tables, midnights of different places)?
CREATE OR REPLACE MACRO is_slip(day_l, day_r) AS
    abs(day_l - day_r) <= 2
    OR year(day_l) = year(day_r) AND month(day_l) = month(day_r) AND is_digit_slip(day(day_l), day(day_r))
    OR year(day_l) = year(day_r) AND day(day_l) = day(day_r) AND is_digit_slip(month(day_l), month(day_r))
    OR month(day_l) = month(day_r) AND day(day_l) = day(day_r) AND year(day_l) // 100 = year(day_r) // 100
        AND is_digit_slip(year(day_l) % 100, year(day_r) % 100);
