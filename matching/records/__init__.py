"""Records: a publisher's entry in canonical form, as the ``record:`` mapping of its source.yml says.

Reads   the payload files of a snapshot, through matching/sources/readers.
Writes  ``records`` (one row per entry of a list in a snapshot) and ``quarantine`` (one row per entry that could not be
        read); see matching/tables.py.
Grain   one entry of a list.
"""
