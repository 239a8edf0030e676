-- Do two numbers of two digits differ by one digit, or by the order of both?
CREATE OR REPLACE MACRO is_digit_slip(number_l, number_r) AS
    number_l // 10 = number_r // 10
    OR number_l % 10 = number_r % 10
    OR number_l % 10 = number_r // 10 AND number_l // 10 = number_r % 10;
