-- How many bits does it take to tell one of so many? In eighths, so that one more of thousands changes nothing.
CREATE OR REPLACE MACRO bits_of_count(count) AS round(log2(count) * 8) / 8;
