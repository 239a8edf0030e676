"""Sources: what each publisher offers, and its bytes.

Reads   ``<id>/source.yml``, publishers' servers, drop folders.
Writes  raw snapshots in ``10_raw`` (see matching/workspace.py); yields a publisher's entries as trees.
Grain   one snapshot per distinct content of a source's payload files; one tree per entry.

``README.md`` beside this file is the reference of ``source.yml``.
"""
