-- How many others does one record of a group meet under a key? everyone bears the key; a rule about scripts leaves out those
-- of its own script (same_script), a large list those of its own list (same_list), of whom `records` are of both.
CREATE OR REPLACE MACRO partners(records, everyone, same_script, same_list, by_script, is_large) AS
    CASE
        WHEN by_script AND is_large THEN everyone - same_script - same_list + records
        WHEN by_script THEN everyone - same_script
        WHEN is_large THEN everyone - same_list
        ELSE everyone - 1
    END::BIGINT;
