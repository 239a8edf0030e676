-- Is a day 1 January? Nine of ten such births fill in for a day that is not known: on the real lists they are 3.3 % of the
-- births with a day (8.6 % on the United Nations list), where chance gives 0.3 %.
CREATE OR REPLACE MACRO is_new_year(day) AS month(day) = 1 AND day(day) = 1;
