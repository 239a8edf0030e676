"""Describing a list that no source.yml describes yet, and trying a source.yml out.

Reads   a payload of any layout that matching/sources/readers can read.
Writes  ``<folder>/<id>/``: a first source.yml, a README.md, and a fixture of the same layout with invented values.
Grain   one field of the payload.

    layout_*.py   where the entries are, and how to read them
    fields.py     every place in an entry, with its values
    naming.py     what a field's name says it holds; vocabulary.yml, words.yml
    guess.py      fields to the fields of a record, from names and values
    dates.py      date formats from dates
    compose.py    the ``record:`` of a source.yml
    fixture.py    the layout with invented values
    draft.py      all of it, in order; check.py tries a source.yml on a payload
"""

from matching.drafting.check import Checked, check_payload
from matching.drafting.draft import Drafted, draft_source

__all__ = ["Checked", "Drafted", "check_payload", "draft_source"]
