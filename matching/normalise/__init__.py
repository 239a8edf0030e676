"""Brings names, births, countries and documents of records to a form that can be compared.

Reads: records. Writes: names, births, countries, identifiers, and quarantine rows for births that could not be read.
Grain: one row per name form, birth date, country by role, document of a linkable record (see matching/tables.py).
"""
