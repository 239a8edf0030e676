-- How many bits does it take to tell one of so many? In quarters, so that one more of thousands changes nothing.
CREATE OR REPLACE MACRO bits_of_count(count) AS round(log2(count) * 4) / 4;
