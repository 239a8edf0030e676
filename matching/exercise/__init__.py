"""Invented people on invented lists, written in the publishers' exact formats, with known truth.

Reads ``tables/``: names by culture, countries, recipes.
Writes ``lists/``, ``truth.csv``, ``traps.csv`` and ``unreadable.csv`` when ``make`` is run; they are committed, and
``bundled`` says where they are.
Grain: one entry of a list per invented listing; one row of ``truth.csv`` per pair of listings of one person.

No one on these lists exists. Names are drawn from hand-written tables of common name parts, births and documents are
drawn at random, and a name that turned out to be borne by a person on a real list is drawn again. The Latin spellings
stand in the tables, by hand, so that the exercise does not repeat what the project's own romanisation would do.

``population/`` makes lists of any size of the same tables and more.
"""
