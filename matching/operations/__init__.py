"""What an operator does with runs that are there: look, compare, resume, release, roll back; replay, erase, export.

Reads runs/, 10_raw/ and 20_records/ of a workspace. Writes what is asked for, and a line of the audit trail each time.
Grain: one run, one source or one person at a time.
"""
